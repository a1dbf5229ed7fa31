import { expect, it } from "vitest";
import { junitText } from "../../../boot/report/junit.ts";

it("has a test case each, with counts, failures and output", () => {
    const text = junitText("configs/a.json", [
        { name: "program sort", failure: undefined, output: "sort: ok\n" },
        { name: "expect /x", failure: 'is 1 < "2"' },
    ]);
    expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="1" errors="0" skipped="0">
<testsuite name="configs/a.json" tests="2" failures="1" errors="0" skipped="0">
<testcase classname="configs/a.json" name="program sort"><system-out>sort: ok
</system-out></testcase>
<testcase classname="configs/a.json" name="expect /x"><failure message="is 1 &lt; &quot;2&quot;"/></testcase>
</testsuite>
</testsuites>
`);
});

it("whatever a guest writes, it is XML", () => {
    const text = junitText("a", [{ name: "b", failure: undefined, output: "]]><x>&\0\u001b[1m\ud800\ufffe\u{1f600}" }]);
    expect(text).toContain("<system-out>]]&gt;&lt;x&gt;&amp;\ufffd\ufffd[1m\ufffd\ufffd\u{1f600}</system-out>");
});
