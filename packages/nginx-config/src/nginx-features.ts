import { isAtLeast, type NginxVersion } from "@flotilla/common/nginx-version";

/** What not every supported NGINX can do, and since when one can (nginx.org/en/CHANGES). */
export const FEATURE_SINCE = {
  /** `http2 on`; before, HTTP/2 is a parameter of `listen`, which is a warning from here on. */
  "http2-directive": "1.25.1",
  /** A kept-alive connection may outlive a reload for a moment. */
  "keepalive-min-timeout": "1.27.4",
  /** A cookie of NGINX's own that names the replica; before, in the commercial one only. */
  sticky: "1.29.6",
  /** Upstreams keep connections alive unless they are told not to. */
  "keepalive-by-default": "1.29.7",
  /** Before, in the commercial one only. */
  "least-time": "1.31.0",
} as const satisfies Readonly<Record<string, string>>;

/** What is missed where it lacks one; the others make no difference to anybody. */
const MISSED: Readonly<Partial<Record<keyof typeof FEATURE_SINCE, string>>> = {
  "keepalive-min-timeout": "reloads that reset no client's connection",
  sticky: "the strategy sticky",
  "least-time": "the strategy least-time",
};

/** "the strategy sticky (from 1.29.6)" */
export function missedFeatures(version: NginxVersion): readonly string[] {
  const features = Object.keys(FEATURE_SINCE) as readonly NginxFeature[];
  return features
    .filter((feature) => feature in MISSED && !supports(version, feature))
    .map((feature) => `${MISSED[feature]} (from ${FEATURE_SINCE[feature]})`);
}

export type NginxFeature = keyof typeof FEATURE_SINCE;

export function supports(version: NginxVersion, feature: NginxFeature): boolean {
  return isAtLeast(version, FEATURE_SINCE[feature]);
}
