const severities = ["critical", "high", "medium", "low", "info"];

// rank orders words as listed, those that are not listed last.
const rank = (list, word) => (list.includes(word) ? list.indexOf(word) : list.length);

// dueAt is when a secret has to be dealt with, if it still has.
const dueAt = (r) => (r.closed ? Infinity : r.deadline);

const secretColumns = [
	{ title: "Secret", by: (r) => r.ruleName + " " + r.redacted, cell: (r) => r.ruleName, below: (r) => element("span", { class: "mono" }, r.redacted) },
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

const secretFilters = [
	{ name: "State", of: (r) => r.state, first: "all open", sets: { "all open": (r) => !r.closed, "past the deadline": (r) => !r.closed && r.deadline <= page.now } },
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

// secretTable is the table of all secrets of the ledger, at first of the open ones.
function secretTable() {
	return new FilterTable(page.rows, {
		id: "secrets", kind: "secrets", one: "secret", caption: "Secrets; a title sorts by its column, a secret's name shows where it lies",
		placeholder: "rule, path, repository, author, id …", columns: secretColumns, filters: secretFilters, sort: "Verdict", then: dueAt,
		key: (r) => r.id, text: secretText, details,
	});
}

// secretText is what the search looks at.
function secretText(r) {
	const places = r.places.flatMap((p) => [p.repository, p.where.text, p.commit, p.author]);
	return [r.id, r.rule, r.ruleName, r.provider, r.redacted, r.name, r.severity, r.verdict, r.state, r.identity, r.issue && r.issue.text,
		...(r.owners || [r.owner]), ...(r.repositories || []), ...places];
}

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
