"""The Content-Security-Policy: everything from the page's own host, no inline script, no inline style.

WebAssembly needs ``'wasm-unsafe-eval'``. wavesurfer.js puts one style sheet of its own, always the same,
into its shadow tree; it is let in by its hash (a browser test fails when a new version changes it).
"""

from __future__ import annotations

__all__ = ["HEADERS", "META_POLICY", "POLICY"]

WAVESURFER_STYLE = "sha256-Y/8t1dAKa3ay+RZEiEFEDr8dFiQhpaFvYXXUfT3p6ZU="

_DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": f"'self' '{WAVESURFER_STYLE}'",
    "img-src": "'self' data:",
    "font-src": "'none'",
    "media-src": "'self' blob:",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
}

META_POLICY = "; ".join(f"{name} {value}" for name, value in _DIRECTIVES.items())
"""As a page on a static host carries it (a meta element knows no frame-ancestors)."""

POLICY = META_POLICY + "; frame-ancestors 'none'"
"""As the server sends it."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}
