/* Cells of the grids. Everything is a React text node: a customer called <b> stays those three characters. */
(function () {
  var cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  var el = function () { return React.createElement.apply(React, arguments); };

  cells.OrderLink = function (p) {
    if (!p.data) return el("span", { className: "muted" }, "…");
    return el("a", {
      href: p.data.href,
      tabIndex: -1,
      onClick: function (event) {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        window.orderscope.go(p.data.href);
      },
    }, p.value);
  };
  cells.Chip = function (p) {
    return p.data ? el("span", { className: "chip " + (p.data[p.colDef.field + "_tone"] || "") }, p.value) : null;
  };
  cells.Clock = function (p) {
    if (!p.data) return null;
    var d = p.data, due = el("span", { className: "num " + (d.due_tone || "") }, p.value);
    return el("div", { className: "two-line", title: d.due_title }, due, d.due_under ? el("span", { className: "under num" }, d.due_under) : null);
  };
  cells.TwoLine = function (p) {
    if (!p.data) return null;
    var under = p.data[p.colDef.field + "_under"];
    return el("div", { className: "two-line" }, el("span", null, p.value), under ? el("span", { className: "under" }, under) : null);
  };
  cells.PhoneRow = function (p) {
    if (!p.data) return el("span", { className: "muted" }, "…");
    var d = p.data;
    return el("div", { className: "two-line", style: { gap: 3 } },
      el("span", null, el("a", { href: d.href, onClick: function (e) { e.preventDefault(); window.orderscope.go(d.href); } }, d.so),
        " ", el("span", { className: "chip " + (d.severity_tone || "") }, d.severity)),
      el("span", { className: "under" }, d.cause),
      el("span", { className: "under" }, el("span", { className: d.due_tone }, d.due_at), d.customer ? " · " + d.customer : ""));
  };
  cells.RowButton = function (p) {
    if (!p.data || !p.data.can_acknowledge) return null;
    return el("button", {
      className: "icon-button", "aria-label": "Acknowledge " + p.data.so, title: "Acknowledge",
      onClick: function (event) {
        event.stopPropagation();
        p.setData({ id: p.data.case_id, version: p.data.version, so: p.data.so, at: Date.now() });
      },
    }, el("span", { className: "i i-check", "aria-hidden": true }));
  };
})();
