const keptColumns = [
	{ title: "Entry", by: (r) => r.entry.text, cell: (r) => link(r.entry) },
	{ title: "Manager", by: (r) => r.manager, cell: (r) => r.manager },
	{ title: "Owner", by: (r) => r.owner, cell: (r) => r.owner },
	{ title: "Last set", by: (r) => r.updated || Infinity, cell: lastSet },
	{ title: "Rotation", by: (r) => r.rotation || "", cell: (r) => r.rotation || "–" },
	{ title: "Standing", by: (r) => -r.standing.length, cell: standingTags },
	{ title: "Leaked", by: (r) => -(r.leaked || []).length, cell: leakedCell },
];

const keptFilters = [
	{ name: "Standing", of: (r) => r.standing },
	{ name: "Manager", of: (r) => r.manager },
	{ name: "Owner", of: (r) => r.owner },
	{ name: "Repository", of: (r) => r.repository || [] },
];

function lastSet(r) {
	if (!r.updated) return "–";
	return element("span", { class: "nowrap" }, `${date(r.updated)}, ${count(Math.floor(r.ageDays), "day")}`);
}

function standingTags(r) {
	if (!r.standing.length) return "–";
	return element("span", {}, ...r.standing.map((s) => element("span", { class: "tag " + (s === "leaked, in use" ? "is-live" : "is-other") }, s)));
}

// leakedCell names the secrets that leaked from an entry; a name shows one in its table.
function leakedCell(r) {
	if (!r.leaked) return "–";
	return element("span", {}, ...r.leaked.map((id) =>
		element("button", { type: "button", class: "plain mono", on: { click: () => secretsTable.show({ State: "" }, id) } }, id.slice(0, 13) + "…")));
}

// drawKept tells what secrets managers keep, and how old that is.
function drawKept() {
	const k = page.kept, f = k.figures;
	const late = k.managers.filter((m) => m.late);
	document.getElementById("kept-note").textContent = !k.managers.length
		? "No secrets manager was read: leakguard inventory sync."
		: `${count(f.entries, "entry", "entries")} in ${count(k.managers.length, "manager")}: ${number(f.stale)} not set for more than ${count(k.staleDays, "day")}, ` +
			`${number(f.neverRotated)} never rotated, ${number(f.unknown)} without a date. ${count(k.inUse, "leaked secret")} still in use; ${count(k.rotations, "rotation")} seen.` +
			(late.length ? ` Not read for more than 7 days: ${late.map((m) => `${m.name} (${m.syncedAt.slice(0, 10)})`).join(", ")}.` : "");
	if (k.rows.length) keptTable(k.rows);
}

function keptTable(rows) {
	return new FilterTable(rows, {
		id: "kept", kind: "kept", one: "entry", many: "entries", caption: "Entries of secrets managers; a title sorts by its column",
		placeholder: "entry, manager, owner, repository …", columns: keptColumns, filters: keptFilters, sort: "Last set", then: (r) => r.entry.text,
		key: (r) => r.manager + " " + r.entry.text, text: (r) => [r.entry.text, r.manager, r.owner, r.repository, r.rotation, r.standing, r.leaked || []],
	});
}
