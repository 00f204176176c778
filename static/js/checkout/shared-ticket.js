/* The page of a single shared ticket: full-screen code, available offline. */

import { keepOffline } from "../offline.js";
import { enableQrScreen } from "./qr-screen.js";

enableQrScreen(document.querySelector("[data-qr-screen]"));
keepOffline();
