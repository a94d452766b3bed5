export const EXIT_FAILED = 1;
/** Wrong use or configuration; a replica and the gateway end with it too. */
export const EXIT_CONFIGURATION = 2;
/** As shells say it of Ctrl-C. */
export const EXIT_FORCED = 130;
