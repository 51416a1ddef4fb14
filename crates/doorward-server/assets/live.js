/* Keeps the live log fresh: the server says that there is news, and the page is asked for again. */
const place = document.querySelector("[data-live]");
let waiting = false;
const refresh = async () => {
  waiting = false;
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
  if (fresh && !place.contains(document.activeElement)) place.replaceChildren(...fresh.childNodes);
};
const news = new EventSource(place.dataset.live);
news.addEventListener("request", () => {
  if (!waiting) setTimeout(refresh, 300);
  waiting = true;
});
