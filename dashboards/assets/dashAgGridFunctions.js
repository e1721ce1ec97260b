/* Theme and keys of the grids. */
(function () {
  var f = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  f.gridTheme = function (agGrid) {
    return agGrid.themeQuartz.withParams({
      backgroundColor: "var(--card)", foregroundColor: "var(--ink)", borderColor: "var(--line)",
      chromeBackgroundColor: "var(--sunk)", headerBackgroundColor: "var(--sunk)", headerTextColor: "var(--ink)",
      accentColor: "var(--mantine-color-brand-filled)", selectedRowBackgroundColor: "var(--grid-row-on)",
      rowHoverColor: "color-mix(in srgb, var(--brand-soft) 45%, transparent)", wrapperBorderRadius: 10,
      fontFamily: '"Inter Variable", system-ui, sans-serif', fontSize: 13, headerFontWeight: 600, spacing: 7, cellHorizontalPadding: 9,
      checkboxUncheckedBorderColor: "var(--line-strong)", iconColor: "var(--muted)", browserColorScheme: "inherit",
    });
  };
  f.openRow = function (p) {
    if (p.event && p.event.key === "Enter" && p.data) window.orderscope.go(p.data.href);
  };
  f.openPanel = function (p) {
    var enter = p.event && p.event.key === "Enter";
    var click = p.type === "cellClicked" && p.column && p.column.getColId() !== "ag-Grid-SelectionColumn";
    if (p.data && (enter || click)) window.dash_clientside.set_props("panel-case", { data: { id: p.data.case_id, at: Date.now() } });
  };
})();
