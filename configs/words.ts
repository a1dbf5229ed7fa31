/** Splits the text of `--program "PATH ARGS"` into words as a shell would: spaces separate, quotes hold together. */

/** The words, or undefined when a quote is not closed. */
export function splitWords(text: string): string[] | undefined {
    const words: string[] = [];
    let word: string | undefined;
    let quote = "";
    for (const character of text) {
        if (quote !== "") {
            if (character === quote) quote = "";
            else word += character;
        } else if (character === '"' || character === "'") {
            quote = character;
            word ??= "";
        } else if (/\s/.test(character)) {
            if (word !== undefined) words.push(word);
            word = undefined;
        } else word = (word ?? "") + character;
    }
    if (word !== undefined) words.push(word);
    return quote === "" ? words : undefined;
}
