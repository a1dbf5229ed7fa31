/** Command lines as tables: each option once, for parsing, for defaults and for --help. */

import { parseArgs } from "node:util";
import { parseSize } from "../../configs/size.ts";
import { suggest } from "../../configs/suggest.ts";
import { CommandError, type ExitName, exitCodesHelp } from "../report/exit-codes.ts";

export interface Option {
    readonly name: string;
    /** One letter that means the same, as in -n. */
    readonly short?: string;
    /** QEMU's name for the same, as in "-kernel". */
    readonly alias?: string;
    /** Of a plain number behind QEMU's name, as in -m 512. */
    readonly aliasUnit?: string;
    /** What stands for the value in the help; none: a flag. */
    readonly value?: string;
    readonly repeatable?: boolean;
    readonly default?: string;
    readonly help: string;
}

export interface Command {
    readonly name: string;
    /** Forms of the command line, after `archipel`. */
    readonly usage: readonly string[];
    readonly summary: string;
    readonly options: readonly Option[];
    /** Command lines after `archipel`, each with what it does. */
    readonly examples: readonly (readonly [line: string, text: string])[];
    /** The exits that it can have, beside those of any command; undefined: all. */
    readonly exits?: readonly ExitName[];
    /** What else there is to say of them. */
    readonly exitNote?: string;
    readonly maxPositionals: number;
    /** Options end at the first positional: what follows is another program's command line. */
    readonly optionsFirst?: boolean;
}

export const COMMON_OPTIONS: readonly Option[] = [
    { name: "help", short: "h", help: "list the options, their defaults and the exit codes" },
    { name: "version", short: "v", help: "print the version" },
];

/** The values of a command line: typed access by option name, each conversion error a usage error (exit 2). */
export class Values {
    readonly #command: Command;
    readonly #given: ReadonlyMap<string, readonly string[]>;
    readonly positionals: readonly string[];
    /** The whole command line, as a shell takes it. */
    readonly line: string;

    constructor(
        command: Command,
        given: ReadonlyMap<string, readonly string[]>,
        positionals: readonly string[],
        args: readonly string[],
    ) {
        this.#command = command;
        this.#given = given;
        this.positionals = positionals;
        this.line = ["archipel", command.name, ...args.map(quoted)].join(" ");
    }

    has(name: string): boolean {
        return this.#given.has(name);
    }

    list(name: string): readonly string[] {
        return this.#given.get(name) ?? [];
    }

    /** The last value given, or the option's default. */
    text(name: string): string | undefined {
        return this.list(name).at(-1) ?? this.#command.options.find((option) => option.name === name)?.default;
    }

    /** A number from `minimum` up. */
    number(name: string, minimum: number, integer = true): number {
        const text = this.text(name) ?? "";
        const value = /^[0-9]+(\.[0-9]+)?(e[0-9]+)?$/i.test(text) ? Number(text) : Number.NaN;
        const kind = integer ? "an integer" : "a number";
        if (!(value >= minimum) || (integer && !Number.isSafeInteger(value))) {
            throw new CommandError("usage", `--${name} is ${JSON.stringify(text)}; must be ${kind} from ${minimum} up`);
        }
        return value;
    }

    size(name: string): number {
        const text = this.text(name) ?? "";
        const bytes = parseSize(text);
        if (bytes !== undefined && bytes > 0) return bytes;
        throw new CommandError("usage", `--${name} is ${JSON.stringify(text)}; must be a size (e.g. 128MiB)`);
    }

    choice<T extends string>(name: string, choices: readonly T[]): T {
        const text = this.text(name) ?? "";
        const found = choices.find((choice) => choice === text);
        if (found !== undefined) return found;
        throw new CommandError("usage", `--${name} is ${JSON.stringify(text)}; must be one of ${choices.join(", ")}`);
    }
}

/** A word of a shell's command line. */
export function quoted(word: string): string {
    return /^[\w@%+=:,./[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Parses what follows the command's name. Throws CommandError (usage) naming the first bad argument. */
export function parseCommandLine(command: Command, args: readonly string[]): Values {
    const options = [...command.options, ...COMMON_OPTIONS];
    const given = new Map<string, string[]>();
    const positionals: string[] = [];
    for (const token of tokensOf(options, withoutAliases(options, args))) {
        if (token.kind === "positional") {
            positionals.push(...(command.optionsFirst ? args.slice(token.index) : [token.value]));
            if (command.optionsFirst) break;
        }
        if (token.kind !== "option") continue;
        const option = options.find(({ name, short }) => namesOf(name, short).includes(token.rawName));
        if (option === undefined) throw unknownOption(command, token.rawName);
        given.set(option.name, [...(given.get(option.name) ?? []), optionValue(option, token.value)]);
    }
    for (const { name, repeatable } of options) {
        if (!repeatable && (given.get(name)?.length ?? 0) > 1)
            throw new CommandError("usage", `--${name} is given twice`);
    }
    const extra = positionals[command.maxPositionals];
    if (extra !== undefined)
        throw new CommandError("usage", `unexpected argument ${JSON.stringify(extra)}; ${hint(command)}`);
    return new Values(command, given, positionals, args);
}

/** parseArgs would take "-kernel" for seven letters. */
function withoutAliases(options: readonly Option[], args: readonly string[]): string[] {
    const named = (word: string | undefined) => options.find(({ alias }) => alias !== undefined && alias === word);
    return args.map((word, i) => {
        const option = named(word);
        if (option !== undefined) return `--${option.name}`;
        const unit = /^[0-9]+$/.test(word) ? named(args[i - 1])?.aliasUnit : undefined;
        return `${word}${unit ?? ""}`;
    });
}

function tokensOf(options: readonly Option[], args: readonly string[]) {
    const table = options.map(({ name, short, value }) => {
        const type = value === undefined ? ("boolean" as const) : ("string" as const);
        return [name, { type, ...(short === undefined ? {} : { short }) }] as const;
    });
    const known = Object.fromEntries(table);
    return parseArgs({ args: [...args], options: known, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** As they are typed: `-n`, `--nodes`. */
function namesOf(name: string, short: string | undefined): string[] {
    return [...(short === undefined ? [] : [`-${short}`]), `--${name}`];
}

function optionValue(option: Option, value: string | undefined): string {
    if (option.value === undefined) {
        if (value !== undefined) throw new CommandError("usage", `--${option.name} takes no value`);
        return "";
    }
    if (value === undefined)
        throw new CommandError("usage", `--${option.name} needs a value: --${option.name} ${option.value}`);
    // `--json --elf x`: parseArgs (not strict) takes the next option for the value. A lone "-" is a value.
    if (/^--?[a-zA-Z]/.test(value)) throw new CommandError("usage", `--${option.name} needs a value, found ${value}`);
    return value;
}

function unknownOption(command: Command, rawName: string): CommandError {
    const names = [...command.options, ...COMMON_OPTIONS].map(({ name }) => `--${name}`);
    const meant = suggest(rawName, names);
    const advice = meant === undefined ? hint(command) : `did you mean ${meant}?`;
    return new CommandError("usage", `unknown option ${rawName}; ${advice}`);
}

function hint(command: Command): string {
    return `see archipel ${command.name} --help`;
}

/** Usage, every option with its default, and the exit codes. */
export function commandHelp(command: Command): string {
    const usage = command.usage.map((form, index) => `${index === 0 ? "Usage:" : "      "} archipel ${form}`);
    const options = [...command.options, ...COMMON_OPTIONS].map((option) => {
        const names = namesOf(option.name, option.short).join(", ");
        const left = `  ${names}${option.value === undefined ? "" : ` ${option.value}`}`;
        const notes = [
            option.alias === undefined ? "" : `QEMU's ${option.alias}`,
            option.repeatable ? "repeatable" : "",
            option.default === undefined ? "" : `default ${option.default}`,
        ];
        const note = notes.filter((text) => text !== "").join(", ");
        return `${left.padEnd(28)} ${option.help}${note === "" ? "" : ` (${note})`}`;
    });
    const examples = command.examples.flatMap(([line, text]) => [`  archipel ${line}`, `      ${text}`]);
    const exits = [exitCodesHelp(command.exits), ...(command.exitNote === undefined ? [] : [`  ${command.exitNote}`])];
    const parts = [usage, [command.summary], ["Options:", ...options], ["Examples:", ...examples], exits];
    return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}
