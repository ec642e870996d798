const page = JSON.parse(document.getElementById("data").textContent);

// figure is one of the headline figures: its name, its value, and what it rests on.
function figure(name, value, more, kind) {
	return element("div", {}, element("dt", {}, name), element("dd", { class: "value" + (kind ? " " + kind : "") }, value), element("dd", { class: "more" }, more));
}

// seconds writes how long something took, which may be unknown.
function seconds(s) {
	if (s === null) return "–";
	if (s >= 2 * 86400) return number(Math.round(s / 8640) / 10) + " d";
	return s >= 5400 ? number(Math.round(s / 360) / 10) + " h" : number(Math.round(s / 60)) + " min";
}

function changeSince(daily) {
	const change = daily[daily.length - 1].openLive - daily[0].openLive;
	const begin = shortDay(dayOf(daily[0]));
	if (!change) return "as many as on " + begin;
	return `${number(Math.abs(change))} ${change > 0 ? "more" : "fewer"} than on ${begin}`;
}

function drawFigures() {
	const f = page.figures, c = page.coverage;
	const whole = c.sources.filter((s) => !s.gaps.length).length;
	const took = (t) => (t.count ? `p90 ${seconds(t.p90Seconds)}, of ${number(t.count)}` : "none yet") + `; still open: ${number(t.open)}`;
	place("figures",
		figure("Open and live", number(f.openLive), changeSince(page.daily), f.openLive ? "is-live" : "is-good"),
		figure("Past the deadline", number(f.overdue), `of ${number(f.open)} open; ${number(f.overdueLive)} of them live`, f.overdue ? "is-late" : "is-good"),
		figure("Median time to dead", seconds(f.timeToDead.medianSeconds), took(f.timeToDead)),
		figure("Median time to detect", seconds(f.timeToDetect.medianSeconds), f.timeToDetect.count ? `p90 ${seconds(f.timeToDetect.p90Seconds)}, of ${number(f.timeToDetect.count)}` : "none found"),
		figure("Exposure days", number(Math.round(f.exposure.days)), `of ${count(f.exposure.secrets, "secret")}, ${number(f.exposure.open)} still exposed`),
		figure("Sources read whole", c.sources.length ? `${number(whole)} of ${number(c.sources.length)}` : "–", count(c.scans, "scan"), whole < c.sources.length ? "is-late" : ""));
}

// sourcesShown is how many sources are listed at first.
const sourcesShown = 10;

function drawCoverage() {
	const c = page.coverage;
	const gaps = (s) => s.gaps.reduce((n, g) => n + g.count, 0);
	const total = c.sources.reduce((n, s) => n + gaps(s), 0);
	document.getElementById("coverage-note").textContent = c.sources.length
		? `The last scan of each of ${count(c.sources.length, "source")}, those with gaps first. ` + (total ? `${count(total, "thing was", "things were")} not read.` : "All of it was read.")
		: "No scan was recorded in this time: what leaked since is not known.";
	const all = [...c.sources].sort((a, b) => gaps(b) - gaps(a) || compare(a.name, b.name));
	const row = (s) => [s.name, element("span", { class: "nowrap" }, s.at.slice(0, 10)), Object.keys(s.read).sort().map((unit) => number(s.read[unit]) + " " + unit).join(", ") || "–", gapList(s)];
	const draw = (list) => element("div", { class: "wide" }, table("Sources", ["Source", "Last read", "Read", "Gaps"], list.map(row)));
	if (!all.length) return;
	const more = element("button", { type: "button", on: { click: () => place("coverage", draw(all)) } }, `All ${number(all.length)} sources`);
	place("coverage", draw(all.slice(0, sourcesShown)), all.length > sourcesShown ? more : "");
}

function gapList(s) {
	if (!s.gaps.length) return element("span", { class: "is-good" }, "none");
	return element("ul", { class: "gaps" }, ...s.gaps.map((g) =>
		element("li", {}, element("span", { class: "is-late" }, g.what + (g.count > 1 ? ` (${number(g.count)})` : "")), `: ${g.why}; ${g.fix}`)));
}

document.getElementById("period").textContent = `${date(page.since)} to ${moment(page.now)}`;
drawFigures();
drawTrend();
drawDeadlines();
const secretsTable = secretTable();
drawOwners((name) => secretsTable.show({ Owner: name }));
drawAge();
drawKept();
drawCoverage();
redrawn("(prefers-color-scheme: dark)");
redrawn("print");
