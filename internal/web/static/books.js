// Writing a voucher with the keyboard: totals as one types, Enter to the next field, = for the amount that is missing.
(function () {
  "use strict";

  var form = document.querySelector("[data-entry]");
  if (!form) {
    return;
  }
  var state = form.querySelector("[data-state]");
  var fields = function (name) { return Array.prototype.slice.call(form.querySelectorAll("input[name=" + name + "]")); };

  // Amounts are whole fen, so that nothing is rounded. What is no amount gives null.
  function fen(text) {
    var found = /^\s*(-?)(\d{1,3}(?:,\d{3})+|\d+)?(?:\.(\d{1,2}))?\s*$/.exec(text.replace("\u2212", "-"));
    if (!found || (found[2] === undefined && found[3] === undefined)) {
      return text.trim() === "" ? 0n : null;
    }
    var whole = BigInt((found[2] || "0").replace(/,/g, "")) * 100n + BigInt(((found[3] || "") + "00").slice(0, 2));
    return found[1] ? -whole : whole;
  }

  function yuan(x) {
    var minus = x < 0n;
    var digits = String(minus ? -x : x).padStart(3, "0");
    return (minus ? "\u2212" : "") + digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",") + "." + digits.slice(-2);
  }

  function sum(name) {
    return fields(name).reduce(function (all, field) { return all + (fen(field.value) || 0n); }, 0n);
  }

  function show() {
    var debit = sum("debit");
    var credit = sum("credit");
    form.querySelector("[data-debit]").textContent = yuan(debit);
    form.querySelector("[data-credit]").textContent = yuan(credit);
    var even = debit === credit;
    state.className = even ? "even" : "odd";
    state.textContent = even ? state.dataset.even : state.dataset.odd + " " + yuan(debit > credit ? debit - credit : credit - debit);
  }

  // = asks for what is missing, however it was typed.
  form.addEventListener("input", function (event) {
    var field = event.target;
    if ((field.name === "debit" || field.name === "credit") && field.value.indexOf("=") >= 0) {
      field.value = "";
      var missing = field.name === "debit" ? sum("credit") - sum("debit") : sum("debit") - sum("credit");
      if (missing > 0n) {
        field.value = yuan(missing).replace(/,/g, "");
      }
    }
    show();
  });

  // A code that was typed gets its name, and the field beside it says what the account must be kept by.
  var accounts = Array.prototype.slice.call(document.querySelectorAll("#accounts option"));

  function account(text) {
    var code = (/^\s*(\d{4,})/.exec(text) || [])[1];
    return accounts.filter(function (option) { return code && option.value.split(" ")[0] === code; })[0];
  }

  function named(field) {
    var found = account(field.value);
    var of = fields("of")[fields("account").indexOf(field)];
    of.placeholder = found ? found.textContent : "";
    if (found && !field.readOnly) { field.value = found.value; }
  }

  form.addEventListener("change", function (event) {
    if (event.target.name === "account") { named(event.target); }
  });

  form.addEventListener("keydown", function (event) {
    var field = event.target;
    if (event.key !== "Enter" || field.tagName !== "INPUT") {
      return;
    }
    event.preventDefault();
    if (event.ctrlKey) {
      var button = form.querySelector("button[value=next]") || form.querySelector("button[value=submit]");
      setTimeout(function () { button.click(); }, 0); // while Ctrl is down in an event, Chromium would open a new tab
      return;
    }
    var all = Array.prototype.slice.call(form.querySelectorAll("input:not([type=hidden]), select"));
    var at = all.indexOf(field);
    var next = all[at + 1];
    if (field.name === "account" && account(field.value) && account(field.value).textContent === "") {
      next = all[at + 2]; // it is kept by nothing
    }
    if (field.name === "debit" && field.value.trim() !== "") {
      next = all[at + 2]; // what stands on one side does not on the other
    }
    if (next) {
      next.focus();
      if (next.select) { next.select(); }
    } else {
      form.querySelector("button[value=more]").click();
    }
  });

  fields("account").forEach(named);
  if ("begin" in form.dataset) {
    form.querySelector("#summary").focus();
  }
  show();
})();

// Choosing vouchers from a list: all at once, and what those chosen add up to.
(function () {
  "use strict";

  Array.prototype.forEach.call(document.querySelectorAll("[data-batch]"), function (form) {
    var boxes = Array.prototype.slice.call(form.querySelectorAll("input[name=seen]"));
    var all = form.querySelector("[data-all]");
    var said = form.querySelector("[data-chosen]");

    function show() {
      var chosen = boxes.filter(function (box) { return box.checked; });
      var fen = chosen.reduce(function (sum, box) { return sum + BigInt(box.dataset.fen); }, 0n);
      var minus = fen < 0n;
      var digits = String(minus ? -fen : fen).padStart(3, "0");
      var yuan = (minus ? "\u2212" : "") + digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",") + "." + digits.slice(-2);
      said.textContent = chosen.length ? said.dataset.text.replace("{count}", String(chosen.length)).replace("{sum}", yuan) : "";
      all.checked = chosen.length > 0 && chosen.length === boxes.length;
      all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    }

    all.addEventListener("change", function () {
      boxes.forEach(function (box) { box.checked = all.checked; });
      show();
    });
    form.addEventListener("change", function (event) {
      if (event.target !== all) { show(); }
    });
    show();
  });
})();
