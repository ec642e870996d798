// pageLength is how many secrets the table shows at once.
const pageLength = 50;

const severities = ["critical", "high", "medium", "low", "info"];

// rank orders words as listed, those that are not listed last.
const rank = (list, word) => (list.includes(word) ? list.indexOf(word) : list.length);

// dueAt is when a secret has to be dealt with, if it still has.
const dueAt = (r) => (r.closed ? Infinity : r.deadline);

// columns are those of the table: a title, what it is sorted by, and its cell.
const columns = [
	{ title: "Secret", by: (r) => r.ruleName + " " + r.redacted },
	{ title: "Provider", by: (r) => r.provider, cell: (r) => r.provider },
	{ title: "Severity", by: (r) => rank(severities, r.severity), cell: (r) => element("span", { class: rank(severities, r.severity) < 2 ? "is-late" : null }, r.severity) },
	{ title: "Verdict", by: (r) => rank(["live", "unknown", "unverified", "unverifiable", "dead"], r.verdict), cell: verdictTag },
	{ title: "State", by: (r) => r.state, cell: (r) => element("span", { class: "nowrap" }, r.state) },
	{ title: "Owner", by: (r) => r.owner, cell: (r) => r.owner },
	{ title: "Repository", by: (r) => firstRepository(r), cell: (r) => repositoryText(r) },
	{ title: "Exposed", by: (r) => r.exposedDays, cell: (r) => Math.floor(r.exposedDays) + " d", right: true },
	{ title: "Deadline", by: dueAt, cell: deadlineCell },
	{ title: "Places", by: (r) => r.occurrences, cell: (r) => number(r.occurrences), right: true },
];

// filters are the choices above the table: what a row has, and the choices that
// are none of its values.
const filters = [
	{ name: "State", of: (r) => r.state, sets: { "all open": (r) => !r.closed, "past the deadline": (r) => !r.closed && r.deadline <= page.now } },
	{ name: "Verdict", of: (r) => r.verdict },
	{ name: "Severity", of: (r) => r.severity },
	{ name: "Provider", of: (r) => r.provider },
	{ name: "Owner", of: (r) => r.owner },
];

function verdictTag(r) {
	const kind = { live: "is-live", dead: "is-good" }[r.verdict] || "is-other";
	return element("span", { class: "tag " + kind }, r.verdict);
}

// shortName leaves the host out of a repository's address.
const shortName = (repository) => repository.replace(/^https?:\/\/[^/]+\//, "");
const firstRepository = (r) => (r.repositories ? shortName(r.repositories[0]) : "");

function repositoryText(r) {
	if (!r.repositories) return "–";
	const more = r.repositories.length - 1;
	return firstRepository(r) + (more ? ` and ${more} more` : "");
}

function deadlineCell(r) {
	if (r.closed) return element("span", { class: "is-good nowrap" }, "closed " + date(r.closedAt));
	const left = r.deadline - page.now;
	return left <= 0
		? element("span", { class: "is-live nowrap" }, days(-left) + " late")
		: element("span", { class: "nowrap" }, "in " + days(left));
}

// SecretTable is the table of secrets with its filters and pages.
class SecretTable {
	constructor(rows) {
		this.rows = rows;
		this.sort = { column: columns.find((c) => c.title === "Verdict"), down: false };
		this.at = 0;
		this.open = new Set();
		this.status = element("p", { role: "status" });
		this.previous = element("button", { type: "button", on: { click: () => this.turn(-1) } }, "Previous page");
		this.next = element("button", { type: "button", on: { click: () => this.turn(1) } }, "Next page");
		this.body = element("tbody");
		this.heads = columns.map((c) => element("th", { scope: "col", class: c.right ? "number" : null },
			element("button", { type: "button", on: { click: () => this.sortBy(c) } }, c.title)));
		place("secrets", this.filterRow(),
			element("div", { class: "wide" }, element("table", { class: "secrets" },
				element("caption", { class: "unseen" }, "Secrets; a title sorts by its column, a secret's name shows where it lies"),
				element("thead", {}, element("tr", {}, ...this.heads)), this.body)),
			element("div", { class: "pages" }, this.status, this.previous, this.next));
		this.choices[0].value = "all open";
		this.update();
	}

	filterRow() {
		const changed = () => { this.at = 0; this.update(); };
		this.search = element("input", { type: "search", placeholder: "rule, path, repository, author, id …", on: { input: changed } });
		this.choices = filters.map((f) => {
			const values = [...new Set(this.rows.map(f.of))].sort();
			return element("select", { on: { change: changed } }, element("option", { value: "" }, "all"),
				...[...Object.keys(f.sets || {}), ...values].map((v) => element("option", { value: v }, v)));
		});
		return element("form", { class: "filters", role: "search", on: { submit: (e) => e.preventDefault() } },
			element("label", { class: "search" }, "Search", this.search),
			...filters.map((f, i) => element("label", {}, f.name, this.choices[i])));
	}

	// showOwner shows the open secrets of one owner.
	showOwner(name) {
		this.search.value = "";
		filters.forEach((f, i) => { this.choices[i].value = { State: "all open", Owner: name }[f.name] || ""; });
		this.at = 0;
		this.update();
		const box = document.getElementById("secrets");
		box.focus({ preventScroll: true });
		document.getElementById("secrets-title").scrollIntoView();
	}

	sortBy(column) {
		this.sort = { column, down: this.sort.column === column && !this.sort.down };
		this.at = 0;
		this.update();
	}

	turn(by) {
		this.at += by * pageLength;
		this.update();
	}

	// found are the rows that pass the filters, in order; what is equal by its column
	// comes by its deadline.
	found() {
		const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
		const tests = filters.flatMap((f, i) => {
			const value = this.choices[i].value;
			return value === "" ? [] : [(f.sets && f.sets[value]) || ((r) => f.of(r) === value)];
		});
		const { column, down } = this.sort;
		const sign = down ? -1 : 1;
		return this.rows
			.filter((r) => tests.every((t) => t(r)) && words.every((w) => textOf(r).includes(w)))
			.sort((a, b) => sign * compare(column.by(a), column.by(b)) || compare(dueAt(a), dueAt(b)) || compare(a.id, b.id));
	}

	update() {
		const found = this.found();
		const shown = found.slice(this.at, this.at + pageLength);
		this.body.replaceChildren(...shown.flatMap((r) => this.rowsOf(r)));
		this.heads.forEach((h, i) => {
			if (columns[i] === this.sort.column) h.setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
			else h.removeAttribute("aria-sort");
		});
		const range = shown.length ? `, ${number(this.at + 1)}–${number(this.at + shown.length)} shown` : "";
		this.status.textContent = `${number(found.length)} of ${count(this.rows.length, "secret")}${range}`;
		this.previous.disabled = this.at === 0;
		this.next.disabled = this.at + pageLength >= found.length;
	}

	rowsOf(r) {
		const open = this.open.has(r.id);
		const name = element("button", { type: "button", class: "plain", "aria-expanded": open, on: { click: () => this.toggle(r) } }, r.ruleName);
		const row = element("tr", { class: open ? "open" : null, "data-id": r.id },
			element("td", {}, name, element("span", { class: "mono" }, r.redacted)),
			...columns.slice(1).map((c) => element("td", { class: c.right ? "number" : null }, c.cell(r))));
		return open ? [row, element("tr", { class: "detail" }, element("td", { colspan: columns.length }, ...details(r)))] : [row];
	}

	// toggle shows or hides a secret's details and keeps the focus on its name.
	toggle(r) {
		if (!this.open.delete(r.id)) this.open.add(r.id);
		this.update();
		[...this.body.rows].find((row) => row.dataset.id === r.id).querySelector("button").focus();
	}
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

// textOf is what the search looks at.
function textOf(r) {
	if (!r.text) {
		const places = r.places.flatMap((p) => [p.repository, p.where.text, p.commit, p.author]);
		r.text = [r.id, r.rule, r.ruleName, r.provider, r.redacted, r.name, r.severity, r.verdict, r.state, r.identity, r.issue && r.issue.text,
			...(r.owners || [r.owner]), ...(r.repositories || []), ...places].filter(Boolean).join("\n").toLowerCase();
	}
	return r.text;
}

const link = (to) => (to.url ? element("a", { href: to.url, rel: "noopener noreferrer", target: "_blank" }, to.text) : to.text);

// details are the facts of a secret and its occurrences.
function details(r) {
	const facts = [
		["In the ledger", element("code", {}, r.id)], ["Rule", r.rule], ["Name", r.name],
		["Verdict", r.verdict + (r.verdictAt ? `, ${moment(r.verdictAt)}` : "") + (r.evidence ? `: ${r.evidence}` : "")],
		["Whose", r.identity], ["May", r.access], ["Owners", (r.owners || ["nobody"]).join("; ")],
		["Exposed since", moment(r.exposedSince)], ["Found", moment(r.foundAt)],
		r.closed ? ["Closed", moment(r.closedAt)] : ["Deadline", moment(r.deadline)],
		["Opened again", r.recurrences ? count(r.recurrences, "time") : ""], ["Issue", r.issue ? link(r.issue) : ""],
	].filter(([, value]) => value);
	const places = r.places.map((p) => [link(p.where), p.kind, p.repository || "–", p.commit ? element("code", {}, p.commit.slice(0, 10)) : "–",
		p.author || "–", date(p.date), p.kind !== "git" ? "–" : p.inHead ? "yes" : "no"]);
	const more = r.occurrences - r.places.length;
	return [
		element("dl", { class: "facts" }, ...facts.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)])),
		table("Occurrences", ["Occurrence", "Kind", "Repository", "Commit", "Author", "Date", "Still in HEAD"], places),
		more ? element("p", { class: "note" }, `and ${number(more)} more: leakguard ledger show ${r.id}`) : "",
	];
}
