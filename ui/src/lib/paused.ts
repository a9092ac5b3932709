/** Asks when one pauses for as long, unless that is called off by what this answers: then nothing of it counts any more. */
export function whenPaused<Found>(
  ms: number,
  ask: () => Promise<Found>,
  then: (found: Found) => void,
  failed: (reason: unknown) => void,
): () => void {
  let isOff = false;
  const timer = setTimeout(
    () =>
      void ask().then(
        (found) => isOff || then(found),
        (reason: unknown) => isOff || failed(reason),
      ),
    ms,
  );
  return () => {
    isOff = true;
    clearTimeout(timer);
  };
}
