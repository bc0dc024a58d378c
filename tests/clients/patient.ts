// What both TypeScript clients are given in place of fetch.

let waited = 0;

/** How often a request was sent again. */
export const timesWaited = (): number => waited;

/** A fetch that comes back when it is told to: after 429 (too many requests) and 503 (the service is busy). */
export const patientFetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
  const request = new Request(input, init);
  for (let left = 8; ; left -= 1) {
    // A clone, because a body can be sent once.
    const response = await fetch(request.clone());
    if ((response.status !== 429 && response.status !== 503) || left === 0) return response;
    const seconds = Number(response.headers.get("Retry-After") ?? 1);
    await response.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    waited += 1;
  }
};
