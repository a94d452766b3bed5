import type { Checked } from "@flotilla/common/checked";
import type { DoctorOptions } from "./commands/doctor.ts";
import type { Terminal } from "./commands/predict.ts";
import type { CommandSettings, LooseCommandSettings } from "./read-command-settings.ts";

/** What the commands need of the world. */
export interface Shell extends Terminal {
  readonly version: string;
  /** When whoever reads has all of it: the end of the process would cut it off. */
  readonly written: () => Promise<void>;
  /** Shows one line in place of the last, where somebody watches. */
  readonly progress: ((line: string) => void) | undefined;
  readonly exit: (code: number) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly onInterrupt: (listener: () => void) => void;
  readonly readSettings: (options: Readonly<Record<string, unknown>>) => LooseCommandSettings;
  readonly doctor: (options: Pick<DoctorOptions, "read" | "json">) => Promise<number>;
  readonly dev: (
    read: CommandSettings,
    readAgain: () => Checked<CommandSettings>,
  ) => Promise<number>;
}
