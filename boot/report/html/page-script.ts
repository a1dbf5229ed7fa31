/**
 * The script of a report's page. It only adds: columns sort at a click, pictures and tables can be saved, and hints show at once and for fingers.
 * It is plain text so that the page has it without a build; its names are few.
 */

export const SCRIPT = `
"use strict";
(() => {
const paper = JSON.parse(document.getElementById("archipel-svg-style").textContent);
const save = (name, type, text) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
const field = (text) => (/[",\\r\\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);
const valueOf = (cell) => cell.dataset.v ?? (cell.textContent === "-" ? "" : cell.textContent);
const csv = (table) =>
    [...table.rows].map((row) => [...row.cells].map((cell) => field(valueOf(cell))).join(",") + "\\r\\n").join("");
const svg = (picture) => {
    const copy = picture.cloneNode(true);
    copy.removeAttribute("style");
    const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
    style.textContent = paper;
    copy.prepend(style);
    return new XMLSerializer().serializeToString(copy);
};
const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
};
for (const figure of document.querySelectorAll("figure")) {
    const [picture, table] = [figure.querySelector("svg"), figure.querySelector("table")];
    const bar = document.createElement("div");
    bar.className = "save";
    if (picture) bar.append(button("SVG", () => save(figure.id + ".svg", "image/svg+xml", svg(picture))));
    if (table) bar.append(button("CSV", () => save(figure.id + ".csv", "text/csv", csv(table))));
    figure.prepend(bar);
}
for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    const order = [...body.rows];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
        const sorter = button(head.textContent, () => {
            const turn = head.ariaSort === "descending" ? "none" : head.ariaSort === "ascending" ? "descending" : "ascending";
            for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
            head.ariaSort = turn;
            const sign = turn === "descending" ? -1 : 1;
            const key = (row) => valueOf(row.cells[column]);
            const compare = (a, b) => {
                const [x, y] = [key(a), key(b)];
                const numbers = x !== "" && y !== "" && !Number.isNaN(+x) && !Number.isNaN(+y);
                return sign * (numbers ? x - y : x < y ? -1 : x > y ? 1 : 0);
            };
            body.append(...(turn === "none" ? order : [...order].sort(compare)));
        });
        head.textContent = "";
        head.append(sorter);
    });
}
const tip = document.createElement("div");
tip.id = "tip";
tip.hidden = true;
document.body.append(tip);
document.addEventListener("pointerover", ({ target, clientX, clientY }) => {
    const owner = target.closest("svg *");
    const title = owner && (owner.querySelector(":scope > title") || owner.parentNode.querySelector(":scope > title"));
    tip.hidden = !title;
    if (!title) return;
    tip.textContent = title.textContent;
    tip.style.left = Math.min(clientX + 12, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = (clientY > innerHeight - 90 ? clientY - tip.offsetHeight - 10 : clientY + 14) + "px";
});
})();
`.trim();
