// [data-waiting]: this page stands in for a file that is being made; once it is there the browser goes and gets it.
let wait = 400;
const look = async () => {
  const answer = await fetch(location.href, { method: "HEAD" }).catch(() => null);
  if (answer?.status === 200) location.replace(location.href);
  else setTimeout(look, (wait *= 1.5));
};
if (document.querySelector("[data-waiting]")) setTimeout(look, wait);
