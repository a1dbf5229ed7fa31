// What a test program tells its test: a line of a label and a number.
import { cstr } from "../../../userland/lib/cstr";
import { line_begin, line_end, number, text } from "../../../userland/lib/print";

export function tell(label: usize, value: i64): void {
    line_begin();
    text(label);
    text(cstr(" "));
    number(value);
    line_end();
}
