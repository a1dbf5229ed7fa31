/** A failed build of the user's sources. The message is complete; a stack trace would add nothing. */
export class CompileError extends Error {
    override name = "CompileError";
}
