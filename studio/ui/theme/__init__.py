"""How the window looks: tokens, the style sheet made from them, icons and fonts."""

from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import Tokens, load_tokens

__all__ = ["Theme", "Tokens", "load_tokens"]
