import type { Failure, FailureCode } from "$lib/ipc/generated";

export function failure(code: FailureCode, field: string | null = null): Failure {
  return { code, message: code, field, retry_after_ms: null };
}
