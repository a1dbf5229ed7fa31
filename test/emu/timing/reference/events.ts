/** What happens at which time: a binary heap. Of equal times, what was entered first comes first. */

interface Event {
    readonly time: number;
    readonly number: number;
    readonly happen: () => void;
}

function isBefore(a: Event, b: Event): boolean {
    return a.time < b.time || (a.time === b.time && a.number < b.number);
}

export class Events {
    now = 0;
    readonly #heap: Event[] = [];
    #entered = 0;

    at(time: number, happen: () => void): void {
        const event = { time, number: this.#entered++, happen };
        const heap = this.#heap;
        let index = heap.length;
        while (index > 0) {
            const parent = (index - 1) >> 1;
            const above = heap[parent] as Event;
            if (isBefore(above, event)) break;
            heap[index] = above;
            index = parent;
        }
        heap[index] = event;
    }

    /** Runs until nothing more is to happen. */
    run(): void {
        for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
            this.now = event.time;
            event.happen();
        }
    }

    #pop(): Event | undefined {
        const heap = this.#heap;
        const first = heap[0];
        const last = heap.pop();
        if (first === undefined || last === undefined || heap.length === 0) return first;
        let index = 0;
        for (;;) {
            let child = 2 * index + 1;
            if (child >= heap.length) break;
            if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
            const below = heap[child] as Event;
            if (isBefore(last, below)) break;
            heap[index] = below;
            index = child;
        }
        heap[index] = last;
        return first;
    }
}

/** A port, link or channel that serves one taker after another, in the order in which they come. */
export class Resource {
    #free = 0;

    /** Returns when the taker that comes at `now` is served. */
    serve(now: number, cycles: number): number {
        const start = Math.max(this.#free, now);
        this.#free = start + cycles;
        return start;
    }
}
