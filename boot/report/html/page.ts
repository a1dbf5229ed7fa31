/**
 * A report as one page: nothing is loaded from anywhere, all can be read without scripts, and the script that is there (sorting, saving, hints for
 * fingers) is the only one that a browser runs: the page's policy names its hash. Light and dark, for screens from 320 pixels on, and for paper.
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { exact } from "./numbers.ts";
import { SCRIPT } from "./page-script.ts";
import { STYLE } from "./page-style.ts";
import {
    type Cell,
    type Column,
    columnTitle,
    type Headline,
    type Plot,
    type Report,
    type Section,
    type Table,
} from "./plot.ts";
import { coordinate, escaped, type Inks, PAPER, svgStyle } from "./svg.ts";

/** Tables of more rows are shown as far as this; the file has all of them, and the saved CSV too. */
const MOST_ROWS = 400;
/** The inks of the page's theme. */
const THEMED: Inks = { ink: "var(--ink)", soft: "var(--soft)", line: "var(--line)", paper: "var(--card)" };

export function reportPage(report: Report): string {
    const { title, verdict, sections } = report;
    const script = SCRIPT;
    const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src 'sha256-${base64(sha256(new TextEncoder().encode(script)))}'`;
    const good = verdict.good ? "good" : "bad";
    return [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        `<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">`,
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        `<title>Archipel: ${escaped(title)}</title>`,
        `<style>${STYLE}\n${svgStyle(THEMED, "svg")}</style>`,
        "</head><body><main>",
        `<header><h1>${escaped(title)}: <span class="${good}">${escaped(verdict.text)}</span></h1>`,
        factList(report),
        "</header>",
        headlineList(report.headlines),
        findingList(report.findings),
        ...sections.map(sectionText),
        "</main>",
        `<script type="application/json" id="archipel-data">${json({ documents: report.documents })}</script>`,
        `<script type="application/json" id="archipel-svg-style">${json(`${svgStyle(PAPER)}`)}</script>`,
        `<script>${script}</script>`,
        "</body></html>",
        "",
    ].join("\n");
}

/** JSON that ends no script element and opens no comment in it. */
function json(value: unknown): string {
    return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function base64(bytes: Uint8Array): string {
    return btoa(String.fromCharCode(...bytes));
}

function factList({ facts }: Report): string {
    const rows = facts.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`);
    return `<dl class="facts">${rows.join("")}</dl>`;
}

function headlineList(headlines: readonly Headline[]): string {
    if (headlines.length === 0) return "";
    const rows = headlines.map(
        ({ value, text, notable }) =>
            `<li${notable ? ' class="notable"' : ""}><b>${escaped(value)}</b> <span>${escaped(text)}</span></li>`,
    );
    return `<ul class="headlines">${rows.join("")}</ul>`;
}

function findingList(findings: readonly string[]): string {
    const rows = findings.map((finding) => `<li>${escaped(finding)}</li>`);
    const body = rows.length === 0 ? "<p>Nothing does, by the rules of this report.</p>" : `<ul>${rows.join("")}</ul>`;
    return `<section class="card findings"><h2>What stands out</h2>${body}</section>`;
}

function sectionText({ title, plots }: Section): string {
    return `<section><h2>${escaped(title)}</h2><div class="plots">${plots.map(plotText).join("")}</div></section>`;
}

function plotText(plot: Plot): string {
    const { id, title, text, picture, table, wide } = plot;
    const head = `<figcaption><h3>${escaped(title)}</h3><p>${escaped(text)}</p></figcaption>`;
    const drawn = picture === undefined ? "" : pictureText(plot);
    const rows = tableText(table);
    const tabled = picture === undefined ? rows : `<details><summary>Figures</summary>${rows}</details>`;
    return `<figure class="card${wide ? " wide" : ""}" id="${escaped(id)}">${head}${drawn}${tabled}</figure>`;
}

/** One that has the whole width grows with it, as far as its words stay words. */
const LARGEST = 1.35;
/** A picture shrinks to three fifths of its size before its reader has to scroll it. */
const SMALLEST = 0.6;

function pictureText({ title, picture, wide }: Plot): string {
    if (picture === undefined) return "";
    const { width, height, body } = picture;
    const [w, h] = [Math.ceil(width), Math.ceil(height)];
    const least = Math.min(w, Math.max(260, w * SMALLEST));
    const style = `max-width:${Math.round(wide ? w * LARGEST : w)}px;min-width:${coordinate(least)}px`;
    return `<div class="picture" tabindex="0"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" style="${style}" role="img" aria-label="${escaped(title)}">${body}</svg></div>`;
}

function tableText({ columns, rows }: Table): string {
    const numeric = columns.map((_, i) => rows.every((row) => row[i] === null || typeof row[i] === "number"));
    const head = columns.map(
        (column, i) => `<th scope="col"${numeric[i] ? ' class="n"' : ""}>${titleText(column)}</th>`,
    );
    const body = rows
        .slice(0, MOST_ROWS)
        .map((row) => `<tr>${row.map((cell, i) => cellText(cell, numeric[i] === true)).join("")}</tr>`);
    const more =
        rows.length > MOST_ROWS
            ? `<p class="more">${exact(rows.length - MOST_ROWS)} more rows are in the CSV file (archipel report --svg).</p>`
            : "";
    return `<div class="table" tabindex="0"><table><thead><tr>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table>${more}</div>`;
}

function titleText(column: Column): string {
    return escaped(columnTitle(column));
}

/** `data-v` is the whole number, by which a column is sorted. */
function cellText(cell: Cell, numeric: boolean): string {
    if (cell === null) return `<td${numeric ? ' class="n"' : ""}>-</td>`;
    if (typeof cell === "number") return `<td class="n" data-v="${cell}">${escaped(exact(cell))}</td>`;
    return cell.includes("\n") || cell.length > 48
        ? `<td class="long">${escaped(cell)}</td>`
        : `<td>${escaped(cell)}</td>`;
}
