/** FRAME_ALLOC for frameAlloc: the name of a generated constant for a row's name. */
export function constantName(name: string): string {
    return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}
