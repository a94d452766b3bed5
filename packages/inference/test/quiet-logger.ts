import { createLogger } from "@flotilla/common/logger";

export const quietLogger = createLogger({ level: "error", fields: {} });
// For tests alone: in production there is always something worth an error.
quietLogger.level = "silent";
