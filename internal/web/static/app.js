// What the pages can do without, done faster: printing, rows that open, a moved focus.
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) {
      window.print();
      return;
    }
    if (event.target.closest("a, button, input, select, summary") || String(window.getSelection())) {
      return;
    }
    var row = event.target.closest("tr[data-href]");
    if (row) {
      window.location.assign(row.dataset.href);
    }
  });

  // The panel that explains a figure is read out when it opens, and Escape closes it.
  document.addEventListener("htmx:afterSwap", function (event) {
    var panel = document.getElementById("trace");
    if (event.detail.target.id !== "trace" || !panel) {
      return;
    }
    document.querySelectorAll("td.open").forEach(function (cell) { cell.classList.remove("open"); });
    var opener = event.detail.requestConfig.elt;
    if (panel.classList.contains("trace") && opener.closest("td")) {
      opener.closest("td").classList.add("open");
      opener.closest("tr").scrollIntoView({ block: "nearest" });
    }
  });

  document.addEventListener("keydown", function (event) {
    var close = document.querySelector("#trace .close");
    if (event.key === "Escape" && close) {
      close.click();
    }
  });
})();
