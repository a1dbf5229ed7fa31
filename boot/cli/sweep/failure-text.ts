import type { RunDocument } from "./results.ts";

/** Why a run failed, such as "program sort exited with 1 (exit code 1)". */
export function failureText({ exit }: RunDocument): string {
    const { message, reason, code } = exit;
    return `${message === "" ? reason : message} (exit code ${code})`;
}
