(function () {
  "use strict";
  var charts = JSON.parse(document.getElementById("charts").textContent);
  var byId = function (id) { return document.getElementById(id); };

  function theme() {
    var style = getComputedStyle(document.documentElement);
    var read = function (name) { return style.getPropertyValue(name).trim(); };
    return { text: read("--text"), muted: read("--muted"), line: read("--line"), accent: read("--accent"),
             good: read("--good"), bad: read("--bad"), panel: read("--panel"), soft: read("--soft") };
  }
  function narrow() { return matchMedia("(max-width: 48rem)").matches; }
  function axis(paint, more) {
    return Object.assign({ gridcolor: paint.line, zerolinecolor: paint.line, linecolor: paint.line,
                           automargin: true, fixedrange: true, tickfont: { size: 12, color: paint.muted } }, more);
  }
  function layout(paint, more) {
    return Object.assign({
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest",
      font: { color: paint.text, family: "system-ui, -apple-system, 'Segoe UI', sans-serif", size: 13 },
      hoverlabel: { bgcolor: paint.panel, bordercolor: paint.line, font: { color: paint.text } },
      margin: { l: 48, r: 12, t: narrow() ? 42 : 8, b: 44 }, showlegend: false,
      legend: { orientation: "h", yanchor: "bottom", y: 1.02, x: 0, font: { size: 12 } }
    }, more);
  }
  function plot(id, traces, shape) {
    if (byId(id)) Plotly.react(id, traces, shape, { responsive: true, displaylogo: false, displayModeBar: false });
  }

  function history(paint) {
    var chart = charts.history;
    plot("history", [
      { type: "scatter", mode: "markers", name: "candidates, when first tried", x: chart.tried.calls, y: chart.tried.score,
        text: chart.tried.names, marker: { color: paint.muted, size: 5, opacity: .45 },
        hovertemplate: "%{text}<br>%{y:.3f} on the search part<extra></extra>" },
      { type: "scatter", mode: "lines+markers", name: "the best, as believed", x: chart.calls, y: chart.score,
        line: { color: paint.accent, shape: "hv", width: 2.5 }, marker: { color: paint.accent, size: 6 },
        hovertemplate: "%{x} calls: %{y:.3f}<extra></extra>" }
    ], layout(paint, { showlegend: true, xaxis: axis(paint, { title: { text: "calls" }, rangemode: "tozero" }),
                       yaxis: axis(paint, { title: { text: "score" } }) }));
  }

  function front(paint) {
    var chart = charts.front;
    if (!chart.points.length || !byId("front")) return;
    var x = +byId("front-x").value, y = +byId("front-y").value;
    var groups = [
      ["other candidates", function (p) { return !p.finalist; }, paint.muted, 6, .4, "circle"],
      ["other finalists", function (p) { return p.finalist && !p.front; }, paint.muted, 10, 1, "circle"],
      ["Pareto front", function (p) { return p.front; }, paint.good, 13, 1, "diamond"]
    ];
    var traces = groups.map(function (group) {
      var points = chart.points.filter(group[1]);
      return { type: "scatter", mode: "markers", name: group[0], x: points.map(function (p) { return p.values[x]; }),
               y: points.map(function (p) { return p.values[y]; }), text: points.map(function (p) { return p.name; }),
               marker: { color: group[2], size: group[3], opacity: group[4], symbol: group[5], line: { width: 1, color: paint.panel } },
               hovertemplate: "%{text}<br>%{x:.4g}, %{y:.4g}<extra></extra>" };
    }).filter(function (trace) { return trace.x.length; });
    plot("front", traces, layout(paint, { showlegend: traces.length > 1,
      xaxis: axis(paint, { title: { text: chart.axes[x] } }), yaxis: axis(paint, { title: { text: chart.axes[y] } }) }));
  }

  function blend(from, to, share) {
    var part = function (hex) { return [1, 3, 5].map(function (at) { return parseInt(hex.substr(at, 2), 16); }); };
    var a = part(from), b = part(to);
    return "rgb(" + a.map(function (one, i) { return Math.round(one + (b[i] - one) * share); }).join(",") + ")";
  }
  function parallel(paint) {
    var chart = charts.parallel;
    if (!chart.lines.length) return;
    var places = chart.axes.map(function (_, i) { return i; });
    var traces = chart.lines.map(function (line) {
      return { type: "scatter", mode: "lines+markers", name: line.name, x: places, y: line.at, text: line.values, connectgaps: false,
               line: { color: line.chosen ? paint.good : blend(paint.line, paint.accent, line.rank), width: line.chosen ? 3.5 : 1.3, shape: "linear" },
               marker: { size: line.chosen ? 8 : 4 }, opacity: line.chosen ? 1 : .35 + .45 * line.rank,
               hovertemplate: "%{text}<extra>%{fullData.name}</extra>" };
    });
    var notes = [];
    chart.axes.forEach(function (one, i) {
      one.ticks.forEach(function (tick) {
        notes.push({ x: i, y: tick[0], text: tick[1], showarrow: false, xanchor: i === places.length - 1 ? "right" : "left",
                     xshift: i === places.length - 1 ? -6 : 6, font: { size: 11, color: paint.muted }, bgcolor: paint.panel, borderpad: 1 });
      });
    });
    var room = Math.max(640, places.length * 118);
    var box = byId("parallel");
    box.style.minWidth = narrow() ? room + "px" : Math.min(room, 2400) > box.parentNode.clientWidth ? room + "px" : "";
    plot("parallel", traces, layout(paint, { annotations: notes, margin: { l: 16, r: 24, t: 14, b: 60 },
      xaxis: axis(paint, { tickvals: places, ticktext: chart.axes.map(function (one) { return one.name; }), zeroline: false, tickangle: 0 }),
      yaxis: axis(paint, { visible: false, range: [-.08, 1.08] }) }));
  }

  function bars(id, names, values, paint, colours, suffix) {
    var box = byId(id);
    if (!box || !names.length) return;
    box.style.height = Math.max(11, 3.6 + names.length * 1.9) + "rem";
    plot(id, [{ type: "bar", orientation: "h", y: names, x: values, marker: { color: colours }, cliponaxis: false,
                text: values.map(function (v) { return suffix === "%" ? (100 * v).toFixed(v < .1 ? 1 : 0) + " %" : (v > 0 ? "+" : "") + v.toFixed(3); }),
                textposition: "outside", textfont: { color: paint.muted, size: 12 }, hovertemplate: "%{y}: %{text}<extra></extra>" }],
      layout(paint, { margin: { l: 8, r: 52, t: 4, b: 28 }, bargap: .45,
        xaxis: axis(paint, { tickformat: suffix === "%" ? ".0%" : "", nticks: 6 }),
        yaxis: axis(paint, { autorange: "reversed", tickfont: { size: 13, color: paint.text }, ticklabelstandoff: 6 }) }));
  }

  function draw() {
    var paint = theme();
    history(paint);
    front(paint);
    parallel(paint);
    bars("importance", charts.importance.names, charts.importance.values, paint, paint.accent, "%");
    bars("earned", charts.earned.names, charts.earned.values, paint,
         charts.earned.values.map(function (v) { return v < 0 ? paint.bad : paint.good; }), "");
  }

  function candidates() {
    var table = byId("candidates");
    if (!table) return;
    var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows);
    var text = byId("filter-text"), made = byId("filter-made"), least = byId("filter-least"), finalists = byId("filter-finalists");
    function show() {
      var words = text.value.toLowerCase().split(/\s+/).filter(Boolean), count = 0;
      rows.forEach(function (row) {
        var data = row.dataset, found = row.textContent.toLowerCase();
        var fits = words.every(function (word) { return found.indexOf(word) >= 0; })
          && (!made.value || data.made.split("+").indexOf(made.value) >= 0)
          && (+least.value <= 0 || +data.score >= +least.value) && (!finalists.checked || data.finalist === "1");
        row.hidden = !fits;
        count += fits ? 1 : 0;
      });
      byId("filter-value").textContent = (+least.value).toFixed(2);
      byId("filter-count").textContent = count + " of " + rows.length + " candidates";
    }
    [text, made, least, finalists].forEach(function (one) { one.addEventListener("input", show); });
    table.querySelectorAll("th button").forEach(function (button) {
      button.addEventListener("click", function () {
        var head = button.parentNode, down = head.getAttribute("aria-sort") !== "descending", at = head.cellIndex;
        table.querySelectorAll("th").forEach(function (one) { one.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        rows.sort(function (a, b) {
          var left = a.cells[at].dataset.value, right = b.cells[at].dataset.value;
          var order = left !== "" && right !== "" && !isNaN(left) && !isNaN(right) ? left - right : left < right ? -1 : left > right ? 1 : 0;
          return down ? -order : order;
        });
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
    show();
  }

  ["front-x", "front-y"].forEach(function (id) { if (byId(id)) byId(id).addEventListener("input", function () { front(theme()); }); });
  candidates();
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  matchMedia("(max-width: 48rem)").addEventListener("change", draw);
})();
