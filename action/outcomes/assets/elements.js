"use strict";

// element makes an element. What is text becomes a text node, never markup.
function element(name, attributes, ...children) {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (key === "on") {
			for (const [event, act] of Object.entries(value)) e.addEventListener(event, act);
		} else if (value !== undefined && value !== null) {
			e.setAttribute(key, value);
		}
	}
	e.append(...children.filter((c) => c !== undefined && c !== null && c !== ""));
	return e;
}

function place(id, ...children) {
	document.getElementById(id).replaceChildren(...children);
}

const dayLength = 86400e3;

// number writes a number with commas.
const number = (n) => n.toLocaleString("en", { maximumFractionDigits: 1 });

// count is a number of things: "1 secret", "2 secrets".
const count = (n, one, many) => number(n) + " " + (n === 1 ? one : many || one + "s");

// date and moment write milliseconds since 1970, in UTC; 0 is never.
const date = (ms) => (ms ? new Date(ms).toISOString().slice(0, 10) : "–");
const moment = (ms) => (ms ? new Date(ms).toISOString().slice(0, 16).replace("T", " ") + " UTC" : "–");

// days writes a time that passed.
function days(ms) {
	if (ms >= dayLength) return count(Math.floor(ms / dayLength), "day");
	return ms >= 3600e3 ? count(Math.floor(ms / 3600e3), "hour") : "under an hour";
}

// table makes a table; cells are text or elements, the first of a row its head.
// Columns named in right are numbers.
function table(caption, heads, rows, right) {
	const side = (i) => (right && right.includes(i) ? "number" : null);
	return element("table", {},
		element("caption", { class: "unseen" }, caption),
		element("thead", {}, element("tr", {}, ...heads.map((h, i) => element("th", { scope: "col", class: side(i) }, h)))),
		element("tbody", {}, ...rows.map((row) => element("tr", {},
			...row.map((cell, i) => element(i ? "td" : "th", { scope: i ? null : "row", class: side(i) }, cell))))));
}

// asTable gives a chart's figures to those who cannot see it.
function asTable(caption, heads, rows) {
	const right = heads.map((_, i) => i).slice(1);
	return element("details", {}, element("summary", {}, "The figures as a table"),
		element("div", { class: "figures-table", tabindex: "0", role: "region", "aria-label": caption }, table(caption, heads, rows, right)));
}
