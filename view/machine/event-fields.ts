/** Where an event has its fields. */

import { type EventName, type FieldPlace, fieldPlace } from "../../boot/abi/events.ts";

/** Looked up once for each field: a fault's way reads many records. */
export function fieldsOf(name: EventName): (field: string) => FieldPlace {
    const places = new Map<string, FieldPlace>();
    return (field) => {
        const place = places.get(field) ?? fieldPlace(name, field);
        places.set(field, place);
        return place;
    };
}
