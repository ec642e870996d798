// colour reads one of the page's colours, which differ by scheme and on paper.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// shortDay writes seconds since 1970 as "3 Nov".
function shortDay(s) {
	const d = new Date(s * 1e3);
	return d.getUTCDate() + " " + months[d.getUTCMonth()];
}

// plots are the line charts that are drawn, to draw them again.
const plots = [];

const plotHeight = 220;

// linePlot draws lines over days. Each line has a label, a colour, values with null
// where there are none, and maybe a fill or a dash.
function linePlot(target, label, seconds, lines, today) {
	const box = element("div", { class: "plot", role: "img", "aria-label": label });
	const legend = element("ul", { class: "legend" }, ...lines.map((l) => element("li", {}, element("span", { class: "fill-" + l.colour }), l.label)));
	target.replaceChildren(box, legend);
	const plot = { box, draw() {
		if (plot.chart) plot.chart.destroy();
		plot.chart = new uPlot(lineOptions(box.clientWidth, lines, today), [seconds, ...lines.map((l) => l.values)], box);
	} };
	plots.push(plot);
	plot.draw();
	new ResizeObserver(() => plot.chart.setSize({ width: box.clientWidth, height: plotHeight })).observe(box);
}

function lineOptions(width, lines, today) {
	const axis = { stroke: colour("soft"), grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
	return {
		width, height: plotHeight, padding: [10, 12, 0, 0],
		tzDate: (s) => uPlot.tzDate(new Date(s * 1e3), "UTC"),
		cursor: { y: false, drag: { x: false, y: false } },
		scales: { y: { range: (_, min, max) => [0, Math.max(4, max * 1.12)] } },
		axes: [
			{ ...axis, grid: { show: false }, size: 30, space: 80, values: (_, ticks) => ticks.map(shortDay) },
			{ ...axis, size: 44, space: 36, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5] },
		],
		series: [{}, ...lines.map((l) => ({
			label: l.label, stroke: colour(l.colour), width: 2, dash: l.dash, points: { show: false },
			fill: l.fill ? colour(l.colour) + "1f" : undefined,
		}))],
		hooks: { draw: today ? [(u) => markToday(u, today)] : [] },
	};
}

// markToday draws a line where the future begins.
function markToday(u, today) {
	const x = Math.round(u.valToPos(today, "x", true));
	const c = u.ctx;
	c.save();
	c.strokeStyle = c.fillStyle = colour("soft");
	c.setLineDash([3, 3]);
	c.beginPath();
	c.moveTo(x, u.bbox.top);
	c.lineTo(x, u.bbox.top + u.bbox.height);
	c.stroke();
	c.font = 12 * devicePixelRatio + "px system-ui, sans-serif";
	c.textAlign = "left";
	c.textBaseline = "top";
	c.fillText("today", x + 6 * devicePixelRatio, u.bbox.top + 2 * devicePixelRatio);
	c.restore();
}

const dayOf = (d) => Date.parse(d.date) / 1e3;

function drawTrend() {
	const daily = page.daily;
	const first = daily[0], last = daily[daily.length - 1];
	const sum = `${number(first.openLive)} on ${first.date}, ${number(last.openLive)} on ${last.date}`;
	document.getElementById("trend-note").textContent = "At the end of each day: " + sum + ".";
	const target = document.getElementById("trend");
	linePlot(target, "Line chart of open live secrets: " + sum, daily.map(dayOf),
		[{ label: "open and live", colour: "live", fill: true, values: daily.map((d) => d.openLive) }]);
	target.append(asTable("Open live secrets by day", ["Day", "Open and live", "Found", "Closed as dead"],
		daily.map((d) => [d.date, number(d.openLive), number(d.found), number(d.dead)])));
}

function drawDeadlines() {
	const b = page.burndown;
	const late = page.figures.overdue;
	const sum = late ? `${count(late, "secret")} past the deadline: the gap between the lines.` : "No open secret is past its deadline.";
	document.getElementById("deadlines-note").textContent = sum;
	const target = document.getElementById("deadlines");
	linePlot(target, "Line chart of open secrets, and of those within their deadline. " + sum, b.map(dayOf), [
		{ label: "open", colour: "late", fill: true, values: b.map((d) => d.open) },
		{ label: "within the deadline; from today on, what is left if each is kept", colour: "link", dash: [6, 4], values: b.map((d) => d.inTime) },
	], dayOf(page.daily[page.daily.length - 1]));
	target.append(asTable("Open secrets by day", ["Day", "Open", "Within the deadline"],
		b.map((d) => [d.date, d.open === null ? "–" : number(d.open), number(d.inTime)])));
}

// ages are the classes of the histogram, by days.
const ages = [["< 1 day", 1], ["1–7 d", 7], ["7–30 d", 30], ["30–90 d", 90], ["90–180 d", 180], ["180–365 d", 365], ["> 1 year", Infinity]];

function drawAge() {
	const classes = ages.map(([label]) => ({ label, live: 0, other: 0 }));
	const open = page.rows.filter((r) => !r.closed);
	for (const r of open) {
		const age = (page.now - r.exposedSince) / dayLength;
		classes[ages.findIndex(([, below]) => age < below)][r.live ? "live" : "other"]++;
	}
	document.getElementById("age-note").textContent = `From the oldest known occurrence of ${count(open.length, "open secret")} until now.`;
	const most = Math.max(1, ...classes.map((c) => c.live + c.other));
	const block = (kind, n) => sized(element("div", { class: "fill-" + kind }), "height", 0.88 * n / most);
	place("age",
		element("ol", { class: "columns", "aria-hidden": "true" }, ...classes.map((c) =>
			element("li", {}, number(c.live + c.other), block("live", c.live), block("other", c.other)))),
		element("ol", { class: "ages", "aria-hidden": "true" }, ...classes.map((c) => element("li", {}, c.label))),
		blockLegend(),
		asTable("Open secrets by age", ["Exposed for", "Live", "Other"], classes.map((c) => [c.label, number(c.live), number(c.other)])));
}

function blockLegend() {
	const item = (kind, text) => element("li", {}, element("span", { class: "block fill-" + kind }), text);
	return element("ul", { class: "legend" }, item("live", "live"), item("other", "other: not known to be live"));
}

// sized gives an element a share of the width or height there is; 0 leaves none.
function sized(e, side, share) {
	e.style[side] = 100 * share + "%";
	return e;
}

// ownersShown is how many owners the chart has.
const ownersShown = 10;

function drawOwners(show) {
	const owners = new Map();
	for (const r of page.rows.filter((r) => !r.closed)) {
		if (!owners.has(r.owner)) owners.set(r.owner, { name: r.owner, live: 0, other: 0, days: 0 });
		const o = owners.get(r.owner);
		o[r.live ? "live" : "other"]++;
		o.days += r.exposedDays;
	}
	const all = [...owners.values()].sort((a, b) => b.live - a.live || b.other - a.other || (a.name < b.name ? -1 : 1));
	const most = Math.max(1, ...all.map((o) => o.live + o.other));
	const row = (o) => [
		element("button", { class: "plain", type: "button", on: { click: () => show(o.name) } }, o.name),
		element("div", { class: "bar", "aria-hidden": "true" },
			sized(element("div", { class: "fill-live" }), "width", o.live / most), sized(element("div", { class: "fill-other" }), "width", o.other / most)),
		number(o.live), number(o.other), number(Math.round(o.days))];
	const bars = (list) => {
		const t = table("Open secrets by owner", ["Owner", "", "Live", "Other", "Exposure days"], list.map(row), [2, 3, 4]);
		t.className = "bars";
		return t;
	};
	const rest = all.length > ownersShown ? element("button", { type: "button", on: { click: () => place("owners", bars(all), blockLegend()) } }, `All ${all.length} owners`) : null;
	place("owners", bars(all.slice(0, ownersShown)), blockLegend(), ...(rest ? [rest] : []));
}

// redrawn draws the line charts anew where their colours change.
function redrawn(query) {
	matchMedia(query).addEventListener("change", () => plots.forEach((p) => p.draw()));
}
