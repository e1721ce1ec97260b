/* What the pages do without asking the server: go somewhere, keep the place in a grid, find the search box. */
(function () {
  var os = (window.orderscope = window.orderscope || {});

  os.go = function (href) {
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  };

  /* `queue-place` holds the grid `queue`: pages name the place, which is there before its grid. */
  os.grid = function (place) {
    var id = place.replace(/-place$/, "");
    try { return window.dash_ag_grid && document.getElementById(id) ? window.dash_ag_grid.getApi(id) : null; } catch (gone) { return null; }
  };

  document.addEventListener("keydown", function (event) {
    var at = event.target, typing = at && (at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName));
    if (event.key === "Enter" && at && /^search(-phone)?$/.test(at.id)) {
      var said = at.value.trim();
      if (said) { os.go("/order/" + encodeURIComponent(said)); window.dash_clientside.set_props(at.id, { value: "" }); }
    }
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      var box = document.getElementById("search");
      if (box && box.offsetParent) { event.preventDefault(); box.focus(); box.select(); }
    }
  });

  /* A grid only announces its rows; how many there are is said here for screen readers and eyes alike. */
  var clientside = (window.dash_clientside = window.dash_clientside || {});
  clientside.orderscope = {
    burger: function (opened, now) {
      return Object.assign({}, now, { collapsed: { mobile: !opened } });
    },
    help: function (path) {
      var first = (path || "/").split("/")[1];
      return "/help/" + ({ order: "order", slas: "slas", mine: "mine", help: "events", inventory: "inventory", unmatched: "unmatched", states: "states", purchases: "purchases", sources: "sources", letters: "letters", rules: "rules" }[first] || "blocked");
    },
    leave: function () { return false; },
    /* The numbers of the lines of a text, beside it, and its height, so that both scroll as one. */
    lines: function (text, styles) {
      var numbers = (text || "").split("\n").map(function (_line, n) { return n + 1; });
      var input = Object.assign({}, styles.input, { height: "calc(" + Math.max(12, numbers.length) + " * 1.21875rem + 34px)" });
      return [numbers.join("\n"), { input: input }];
    },
    /* A text when nobody has typed for a moment: the server reads it then, and not at each letter. */
    rested: function (text) {
      var mine = os.typed = (os.typed || 0) + 1;
      return new Promise(function (done) {
        setTimeout(function () { done(mine === os.typed ? text || "" : window.dash_clientside.no_update); }, 400);
      });
    },
    /* Which buttons wait (publish, try, withdraw): what the server said must be of the text as it stands, and what changes
       what is in force needs a reason. */
    unready: function (text, comment, read) {
      var same = read && read.text === (text || ""), why = (comment || "").trim();
      return [!(same && read.publish && why), !(same && read.try), !why];
    },
    /* Another time: the same address with the moment in it. A quick choice counts back from now, or from a stopped clock. */
    then: function (_quick, _go, mode, at, clock) {
      var no = window.dash_clientside.no_update, by = window.dash_clientside.callback_context.triggered[0];
      if (!by || !by.value) return no;
      var id = by.prop_id.slice(0, by.prop_id.lastIndexOf(".")), moment;
      if (id.charAt(0) === "{") {
        var now = clock && clock.frozen ? Date.parse(clock.frozen.replace(" ", "T") + ":00Z") : Date.now();
        moment = new Date(now - JSON.parse(id).hours * 3600000).toISOString().slice(0, 19) + "Z";
      } else if (at) { moment = at.replace(" ", "T").slice(0, 19) + "Z"; }
      if (moment) os.go(window.location.pathname + "?" + mode + "=" + moment);
      return no;
    },
    mode: function (mode) {
      return mode === "known_at" ? "Only what had reached us by then: what people could see at that moment."
        : "What had happened by then, with everything that has become known since.";
    },
    /* New rows in place: scroll, focus and selection stay as they are. */
    refresh: function (_live, _acted, _tick, id) {
      var api = os.grid(id);
      if (api && !api.isDestroyed()) { api.refreshInfiniteCache(); }
      return window.dash_clientside.no_update;
    },
    clear: function (acted, id) {
      var api = os.grid(id);
      if (api && acted && !api.isDestroyed()) { api.deselectAll(); }
      return window.dash_clientside.no_update;
    },
    /* Lists of orders know fewer filters than lists of exceptions; what cannot narrow is not offered. */
    fitting: function (view) {
      var orders = ["at_risk", "diverged", "silent"].indexOf(view) >= 0, gone = { display: "none" };
      return [orders ? gone : {}, orders ? gone : {}, orders ? gone : {}, orders ? gone : {}];
    },
    /* A past is being made: ask again. */
    again: function (ticks, id) {
      var api = os.grid(id);
      if (api && ticks && !api.isDestroyed()) { api.purgeInfiniteCache(); }
      return window.dash_clientside.no_update;
    },
    /* Another view or filter: the rows are others, so begin at the top. */
    restart: function () {
      var args = Array.prototype.slice.call(arguments), id = args[args.length - 1], api = os.grid(id);
      if (api && !api.isDestroyed()) { api.deselectAll(); api.ensureIndexVisible(0, "top"); api.purgeInfiniteCache(); }
      return window.dash_clientside.no_update;
    },
    /* A phone gets one column that holds the essentials, and rows high enough for a thumb. */
    narrow: function (columns, options) {
      var no = window.dash_clientside.no_update;
      if (!window.matchMedia("(max-width: 48em)").matches) return [no, no];
      return [columns, Object.assign({}, options, { rowHeight: 78, headerHeight: 0 })];
    },
    csv: function (view, severity, system, owner, status, request) {
      var said = new URLSearchParams({ view: view || "blocked" });
      [["severity", severity], ["system", system], ["owner", owner], ["status", status]].forEach(function (pair) {
        if (pair[1] && pair[1].length) said.set(pair[0], pair[1].join(","));
      });
      var grid = request && request.filterModel;
      if (grid && Object.keys(grid).length) said.set("grid", JSON.stringify(grid));
      return "/api/v1/exceptions.csv?" + said;
    },
    pick: function (selected) {
      var n = (selected || []).filter(function (row) { return row.can_acknowledge; }).length;
      return [n === 0, n ? "Acknowledge " + n.toLocaleString("en-US") : "Acknowledge selected"];
    },
    /* Rows of the list that hold every word; a card without any goes too. */
    sift: function (said) {
      var wanted = (said || "").toLowerCase().split(/\s+/).filter(Boolean), shown = 0;
      var place = document.querySelector(".sifted");
      if (!place) return "";
      place.querySelectorAll(".card").forEach(function (card) {
        var some = 0;
        card.querySelectorAll("tbody tr").forEach(function (row) {
          var text = row.textContent.toLowerCase(), fits = wanted.every(function (w) { return text.indexOf(w) >= 0; });
          row.hidden = !fits;
          some += fits;
        });
        card.hidden = !some;
        shown += some;
      });
      place.querySelectorAll(".halves").forEach(function (pair) { pair.hidden = !pair.querySelector(".card:not([hidden])"); });
      return wanted.length ? (shown ? shown.toLocaleString("en-US") + (shown === 1 ? " entry" : " entries") : "Nothing holds these words") : "";
    },
    /* The socket beats every 20 s; two minutes without a beat means that this tab is on its own. */
    fresh: function (live, _tick, clock) {
      if (live && live.at !== os.beat) { os.beat = live.at; os.seen = Date.now(); }
      if (clock && clock.frozen) return ["frozen", "as of " + clock.frozen + " (frozen)"];
      var lost = !os.seen || Date.now() - os.seen > 120000;
      return [lost ? "lost" : "live", (lost ? "not live" : "live") + (os.beat ? " · " + os.beat + " UTC" : "")];
    },
    /* Beats are many, versions few: pages listen to versions only. */
    version: function (live, now) {
      return !live || live.version === now ? window.dash_clientside.no_update : live.version;
    },
  };
})();
