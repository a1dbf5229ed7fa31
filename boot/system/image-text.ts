/** Images as text: JSON with bytes in base64. It needs no host, so that a browser reads them, too. */

/** More arguments than this are too many for a call. */
const CHUNK = 8192;

export function imageText(value: unknown): string {
    return JSON.stringify(value, (_key, inner: unknown) =>
        inner instanceof Uint8Array ? { base64: base64Of(inner) } : inner,
    );
}

/** What imageText was given. */
export function imageOf(text: string): unknown {
    return JSON.parse(text, (_key, value: unknown) => {
        const base64 = (value as { base64?: string } | null)?.base64;
        return typeof base64 === "string" ? Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)) : value;
    });
}

function base64Of(bytes: Uint8Array): string {
    let text = "";
    for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
    return btoa(text);
}
