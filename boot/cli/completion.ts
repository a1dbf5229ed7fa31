/** `archipel completion SHELL`: what completes command lines, from the tables of commands and options. */

import { CommandError, EXITS } from "../report/exit-codes.ts";
import { COMMON_OPTIONS, type Command, type Option, type Values } from "./options.ts";
import type { Streams } from "./output.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

export const COMPLETION_COMMAND: Command = {
    name: "completion",
    usage: ["completion bash|zsh|fish"],
    summary: "Prints a script that completes commands and options in a shell.",
    examples: [
        ["completion bash > ~/.local/share/bash-completion/completions/archipel", "for bash, from the next shell on"],
        ["completion zsh > ~/.zfunc/_archipel", "for zsh, where ~/.zfunc is in fpath"],
        ["completion fish > ~/.config/fish/completions/archipel.fish", "for fish"],
    ],
    exits: [],
    maxPositionals: 1,
    options: [],
};

export async function completionCommand(
    values: Values,
    commands: readonly Command[],
    streams: Streams,
): Promise<number> {
    const [shell] = values.positionals;
    const found = SHELLS.find((each) => each === shell);
    if (found === undefined) {
        const asked = shell === undefined ? "SHELL is missing" : `SHELL is ${JSON.stringify(shell)}`;
        throw new CommandError("usage", `${asked}; must be one of ${SHELLS.join(", ")}`);
    }
    streams.out(completionScript(found, commands));
    return EXITS.ok.code;
}

/** Options with a value are followed by a file's name; so are positionals. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
    const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript };
    return `${scripts[shell](commands).join("\n")}\n`;
}

function optionsOf(command: Command): readonly Option[] {
    return [...command.options, ...COMMON_OPTIONS];
}

function bashScript(commands: readonly Command[]): string[] {
    const names = commands.map(({ name }) => name).join(" ");
    return [
        "# Completion of archipel for bash, by `archipel completion bash`.",
        "_archipel() {",
        '    local word="$2" command="" options="" i',
        "    for ((i = 1; i < COMP_CWORD; i++)); do",
        `        case "\${COMP_WORDS[i]}" in ${commands.map(({ name }) => name).join("|")}) command="\${COMP_WORDS[i]}"; break ;; esac`,
        "    done",
        '    case "$command" in',
        ...commands.map(
            (command) =>
                `        ${command.name}) options="${optionsOf(command)
                    .map(({ name }) => `--${name}`)
                    .join(" ")}" ;;`,
        ),
        `        *) COMPREPLY=($(compgen -W "${names} --help --version" -- "$word")); return ;;`,
        "    esac",
        '    case "$word" in',
        '        -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;',
        '        *) COMPREPLY=($(compgen -f -- "$word")) ;;',
        "    esac",
        "}",
        "complete -o filenames -F _archipel archipel",
    ];
}

function zshScript(commands: readonly Command[]): string[] {
    return [
        "#compdef archipel",
        "# Completion of archipel for zsh, by `archipel completion zsh`.",
        "_archipel() {",
        "    if ((CURRENT == 2)); then",
        `        _values command ${commands.map(({ name, summary }) => zshText(`${name}[${firstLine(summary)}]`)).join(" ")}`,
        "        return",
        "    fi",
        '    case "$words[2]" in',
        ...commands.flatMap((command) => [
            `        ${command.name})`,
            `            _arguments ${optionsOf(command).map(zshOption).join(" ")} ${zshText("*:file:_files")} ;;`,
        ]),
        "    esac",
        "}",
        '_archipel "$@"',
    ];
}

function zshOption({ name, value, help, repeatable }: Option): string {
    const plain = help.replace(/[[\]:]/g, (character) => `\\${character}`);
    const argument = value === undefined ? "" : `:${value.replace(/[:]/g, "\\:")}:_files`;
    return zshText(`${repeatable ? "*" : ""}--${name}[${plain}]${argument}`);
}

function zshText(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishScript(commands: readonly Command[]): string[] {
    const quoted = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    return [
        "# Completion of archipel for fish, by `archipel completion fish`.",
        ...commands.map(
            ({ name, summary }) =>
                `complete -c archipel -n __fish_use_subcommand -a ${name} -d ${quoted(firstLine(summary))}`,
        ),
        ...commands.flatMap((command) =>
            optionsOf(command).map(({ name, short, value, help }) => {
                const letter = short === undefined ? "" : ` -s ${short}`;
                const argument = value === undefined ? "" : " -r -F";
                return `complete -c archipel -n '__fish_seen_subcommand_from ${command.name}' -l ${name}${letter}${argument} -d ${quoted(help)}`;
            }),
        ),
    ];
}

function firstLine(text: string): string {
    return text.split("\n")[0]?.replace(/[[\]:]/g, " ") ?? "";
}
