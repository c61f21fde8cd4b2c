/** A refusal of a command: its message is for people, and its exit code is 1. */
export class CommandError extends Error {}
