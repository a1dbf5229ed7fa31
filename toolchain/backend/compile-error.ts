/** A build of the user's sources that failed; the message is complete, a stack trace would add nothing. */
export class CompileError extends Error {
    override name = "CompileError";
}
