/** A run as JUnit XML, which continuous integration shows: a test a program, an audit, and an expectation. */

export interface TestCase {
    readonly name: string;
    /** Why it failed; undefined when it passed. */
    readonly failure: string | undefined;
    /** What the test wrote. */
    readonly output?: string;
}

/** `suite` names what was run. Host times are left out: the same run gives the same file. */
export function junitText(suite: string, cases: readonly TestCase[]): string {
    const failed = cases.filter(({ failure }) => failure !== undefined).length;
    const counts = `tests="${cases.length}" failures="${failed}" errors="0" skipped="0"`;
    const lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        `<testsuites ${counts}>`,
        `<testsuite name="${escaped(suite)}" ${counts}>`,
        ...cases.map((test) => caseText(suite, test)),
        "</testsuite>",
        "</testsuites>",
        "",
    ];
    return lines.join("\n");
}

function caseText(suite: string, { name, failure, output = "" }: TestCase): string {
    const failed = failure === undefined ? "" : `<failure message="${escaped(failure)}"/>`;
    const wrote = output === "" ? "" : `<system-out>${escaped(output)}</system-out>`;
    return `<testcase classname="${escaped(suite)}" name="${escaped(name)}">${failed}${wrote}</testcase>`;
}

/** What XML 1.0 has no character for becomes U+FFFD: the output is the guest's. */
function escaped(text: string): string {
    return text
        .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;");
}
