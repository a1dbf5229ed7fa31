/** The console of a run that may go back: what was shown is not shown again. */

export class ConsoleTape {
    #position = 0;
    #shown = 0;

    /** Takes a byte. True when it is to be shown. */
    advance(): boolean {
        this.#position++;
        const isNew = this.#position > this.#shown;
        if (isNew) this.#shown = this.#position;
        return isNew;
    }

    get position(): number {
        return this.#position;
    }

    /** What was shown beyond the present place is of a future that the run does not have any more. */
    forgetAhead(): void {
        this.#shown = this.#position;
    }

    goBack(position: number): void {
        this.#position = position;
    }
}
