// Passkeys are made and asked for by allauth's script; this says in the page what it only tells the console.
const notice = document.querySelector("[data-passkey-trouble]");

function say(what) {
  for (const sentence of notice.querySelectorAll("[data-when]")) sentence.hidden = sentence.dataset.when !== what;
  notice.hidden = false;
}

if (notice && !window.PublicKeyCredential) {
  say("unable");
  for (const button of document.querySelectorAll("#mfa_webauthn_add, #mfa_webauthn_authenticate, #mfa_webauthn_reauthenticate, #passkey_login")) button.hidden = true;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  if (notice) say("declined");
});
