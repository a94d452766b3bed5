/** What a command about models has done, and what is wrong. */
export interface Report {
  readonly lines: readonly string[];
  readonly problems: readonly string[];
  /** Where that is not what there are problems for. */
  readonly isWrong?: boolean;
}
