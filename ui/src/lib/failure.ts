import type { Failure, FailureCode } from "$lib/ipc/generated";
import { m } from "$lib/texts.svelte";

/** Every code and its words: what happened and what to do. The compiler asks for each code, the text check for each language. */
const texts: Record<FailureCode, () => string> = {
  invalid_request: m.failure_invalid_request,
  empty_content: m.failure_empty_content,
  bad_credentials: m.failure_bad_credentials,
  unauthenticated: m.failure_session_ended,
  token_expired: m.failure_session_ended,
  forbidden: m.failure_forbidden,
  not_found: m.failure_not_found,
  conflict: m.failure_conflict,
  username_taken: m.failure_username_taken,
  too_large: m.failure_too_large,
  rate_limited: m.failure_rate_limited,
  unavailable: m.failure_unavailable,
  unreachable: m.failure_unreachable,
  not_recado: m.failure_not_recado,
  bad_address: m.failure_bad_address,
  insecure_server: m.failure_insecure_server,
  offline: m.failure_offline,
  signed_out: m.failure_session_ended,
  session_ended: m.failure_session_ended,
  keyring_unavailable: m.failure_keyring_unavailable,
  wrong_passphrase: m.failure_wrong_passphrase,
  wrong_key: m.failure_wrong_key,
  storage: m.failure_storage,
  internal: m.failure_internal,
};

export function failureText(code: FailureCode): string {
  return texts[code]();
}

/** What a call was rejected with; anything else is a fault of the program. */
export function asFailure(reason: unknown): Failure {
  if (typeof reason === "object" && reason !== null && "code" in reason && (reason.code as string) in texts) {
    return reason as Failure;
  }
  return { code: "internal", message: String(reason), field: null, retry_after_ms: null };
}
