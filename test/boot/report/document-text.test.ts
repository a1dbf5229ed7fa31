import { expect, it } from "vitest";
import { documentText } from "../../../boot/report/document-text.ts";

const long =
    "a value of a text that is long enough, with others of its kind, to leave no room on a line of 140 columns";

it("has a value on a line where that has room, and each of its parts on its own where it has not", () => {
    const list = [{ a: [1, 2], b: null }, long, { c: long, d: long }];
    const document = { figure: { value: 1, unit: "cycles" }, list };
    expect(documentText(document)).toBe(
        [
            "{",
            ' "figure": {"value":1,"unit":"cycles"},',
            ' "list": [',
            '  {"a":[1,2],"b":null},',
            `  ${JSON.stringify(long)},`,
            "  {",
            `   "c": ${JSON.stringify(long)},`,
            `   "d": ${JSON.stringify(long)}`,
            "  }",
            " ]",
            "}",
            "",
        ].join("\n"),
    );
    expect(JSON.parse(documentText(document))).toEqual(document);
});

it("leaves out what is undefined, as JSON does", () => {
    const text = JSON.stringify(long);
    expect(documentText({ a: undefined, b: long, c: long })).toBe(`{\n "b": ${text},\n "c": ${text}\n}\n`);
});
