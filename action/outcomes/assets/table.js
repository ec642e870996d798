// pageLength is how many rows a table shows at once.
const pageLength = 50;

// FilterTable is a table with filters and pages. It is made of rows and
//   id: of the place that it is put into; its head is ID-title
//   columns: each with a title, what it is sorted by and its cell; the first names the row
//   filters: each with a name, what a row has (one or many), and sets: choices that are no value
//   key, text: what a row is known by, and what the search looks at
//   sort: the first column that it is sorted by; then: what comes next
//   details: of a row, shown when its name is chosen, which then has something below; may be missing
//   one, many, caption, placeholder, kind: words, and the class of the table
class FilterTable {
	constructor(rows, o) {
		this.rows = rows;
		this.o = o;
		this.sort = { column: o.columns.find((c) => c.title === o.sort), down: false };
		this.at = 0;
		this.open = new Set();
		this.status = element("p", { role: "status" });
		this.previous = element("button", { type: "button", on: { click: () => this.turn(-1) } }, "Previous page");
		this.next = element("button", { type: "button", on: { click: () => this.turn(1) } }, "Next page");
		this.body = element("tbody");
		this.heads = o.columns.map((c) => element("th", { scope: "col", class: c.right ? "number" : null },
			element("button", { type: "button", on: { click: () => this.sortBy(c) } }, c.title)));
		place(o.id, this.filterRow(),
			element("div", { class: "wide" }, element("table", { class: o.kind },
				element("caption", { class: "unseen" }, o.caption),
				element("thead", {}, element("tr", {}, ...this.heads)), this.body)),
			element("div", { class: "pages" }, this.status, this.previous, this.next));
		this.choose({});
	}

	filterRow() {
		const changed = () => { this.at = 0; this.update(); };
		this.search = element("input", { type: "search", placeholder: this.o.placeholder, on: { input: changed } });
		this.choices = this.o.filters.map((f) => {
			const values = [...new Set(this.rows.flatMap(f.of))].sort();
			return element("select", { on: { change: changed } }, element("option", { value: "" }, "all"),
				...[...Object.keys(f.sets || {}), ...values].map((v) => element("option", { value: v }, v)));
		});
		return element("form", { class: "filters", role: "search", "aria-labelledby": this.o.id + "-title", on: { submit: (e) => e.preventDefault() } },
			element("label", { class: "search" }, "Search", this.search),
			...this.o.filters.map((f, i) => element("label", {}, f.name, this.choices[i])));
	}

	// choose sets the filters: those that are named, and the others to what they are at
	// first; and the search.
	choose(values, search) {
		this.search.value = search || "";
		this.o.filters.forEach((f, i) => { this.choices[i].value = (f.name in values ? values[f.name] : f.first) || ""; });
		this.at = 0;
		this.update();
	}

	// show chooses, and brings the reader here.
	show(values, search) {
		this.choose(values, search);
		document.getElementById(this.o.id).focus({ preventScroll: true });
		document.getElementById(this.o.id + "-title").scrollIntoView();
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

	// found are the rows that pass the filters, in order.
	found() {
		const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
		const tests = this.o.filters.flatMap((f, i) => {
			const value = this.choices[i].value;
			return value === "" ? [] : [(f.sets && f.sets[value]) || ((r) => [f.of(r)].flat().includes(value))];
		});
		const { column, down } = this.sort;
		const sign = down ? -1 : 1;
		return this.rows
			.filter((r) => tests.every((t) => t(r)) && words.every((w) => this.textOf(r).includes(w)))
			.sort((a, b) => sign * compare(column.by(a), column.by(b)) || compare(this.o.then(a), this.o.then(b)) || compare(this.o.key(a), this.o.key(b)));
	}

	// textOf is what the search looks at.
	textOf(r) {
		r.text ||= this.o.text(r).flat().filter(Boolean).join("\n").toLowerCase();
		return r.text;
	}

	update() {
		const found = this.found();
		const shown = found.slice(this.at, this.at + pageLength);
		this.body.replaceChildren(...shown.flatMap((r) => this.rowsOf(r)));
		this.heads.forEach((h, i) => {
			if (this.o.columns[i] === this.sort.column) h.setAttribute("aria-sort", this.sort.down ? "descending" : "ascending");
			else h.removeAttribute("aria-sort");
		});
		const range = shown.length ? `, ${number(this.at + 1)}–${number(this.at + shown.length)} shown` : "";
		this.status.textContent = `${number(found.length)} of ${count(this.rows.length, this.o.one, this.o.many)}${range}`;
		this.previous.disabled = this.at === 0;
		this.next.disabled = this.at + pageLength >= found.length;
	}

	rowsOf(r) {
		const { columns, details, key } = this.o;
		const open = this.open.has(key(r));
		const name = details
			? [element("button", { type: "button", class: "plain", "aria-expanded": open, on: { click: () => this.toggle(r) } }, columns[0].cell(r)), columns[0].below(r)]
			: [columns[0].cell(r)];
		const row = element("tr", { class: open ? "open" : null, "data-id": key(r) },
			element("td", {}, ...name),
			...columns.slice(1).map((c) => element("td", { class: c.right ? "number" : null }, c.cell(r))));
		return open ? [row, element("tr", { class: "detail" }, element("td", { colspan: columns.length }, ...details(r)))] : [row];
	}

	// toggle shows or hides a row's details and keeps the focus on its name.
	toggle(r) {
		const key = this.o.key(r);
		if (!this.open.delete(key)) this.open.add(key);
		this.update();
		[...this.body.rows].find((row) => row.dataset.id === key).querySelector("button").focus();
	}
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

const link = (to) => (to.url ? element("a", { href: to.url, rel: "noopener noreferrer", target: "_blank" }, to.text) : to.text);
