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

  // A page that only leads on.
  var follow = document.querySelector("a[data-follow]");
  if (follow) {
    window.location.replace(follow.href);
  }

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

  // A large file on its way: how much of it is sent, and a button that stops it. Without scripts the browser sends the form itself.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.dataset.sending) {
      return;
    }
    event.preventDefault();
    var bar = document.getElementById(form.dataset.sending);
    var request = new XMLHttpRequest();
    var send = form.querySelector("button[type=submit]");
    function over() {
      bar.hidden = true;
      send.disabled = false;
    }
    request.upload.addEventListener("progress", function (sent) {
      var percent = sent.total ? Math.floor(100 * sent.loaded / sent.total) : 0;
      bar.querySelector("progress").value = percent;
      bar.querySelector("b").textContent = percent + "%";
    });
    request.addEventListener("load", function () {
      over();
      if (request.status < 400) {
        window.location.assign(request.responseURL);
        return;
      }
      var answer = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
      if (answer) {
        document.querySelector("main").replaceWith(answer);
        answer.focus();
      }
    });
    request.addEventListener("abort", over);
    request.addEventListener("error", over);
    bar.querySelector("[data-abort]").onclick = function () { request.abort(); };
    bar.hidden = false;
    send.disabled = true;
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
})();
