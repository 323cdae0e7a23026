"""The one style sheet, made from tokens. Views name a role; they carry no style of their own."""

from studio.resources import resource
from studio.ui.theme.tokens import (
    BAR,
    BODY,
    CONTROL,
    GRID,
    HEADING,
    SMALL,
    TITLE,
    Tokens,
)

# Qt measures min-height inside the border, so a control of 32 px has 30 between its lines.
_INNER = CONTROL - 2


def build(tokens: Tokens) -> str:
    """The style sheet of one theme, for a part of a window and all that is in it."""
    return "\n".join(
        part(tokens)
        for part in (_surfaces, _text, _buttons, _fields, _choices, _lists, _bars, _frame)
    )


def _image(t: Tokens, name: str) -> str:
    """A tinted mark of this theme; style sheets can draw pictures from files only."""
    return f'url("{resource("themes", t.name, f"{name}.svg").as_posix()}")'


def _surfaces(t: Tokens) -> str:
    return f"""
    QWidget[surface="canvas"] {{ background: {t.canvas}; }}
    QDialog, QWidget[surface="panel"] {{ background: {t.panel}; }}
    QWidget[surface="raised"] {{
        background: {t.raised}; border: 1px solid {t.line}; border-radius: 4px; }}
    QFrame[line="true"] {{ background: {t.line}; border: none; }}
    QSplitter::handle {{ background: {t.line}; }}
    QSplitter::handle:horizontal {{ width: 1px; }}
    QSplitter::handle:vertical {{ height: 1px; }}
    QSplitter::handle:hover {{ background: {t.control}; }}
    QScrollArea, QScrollArea > QWidget > QWidget[surface="none"] {{
        background: transparent; border: none; }}
    QToolTip {{
        background: {t.raised}; color: {t.text}; border: 1px solid {t.control}; padding: 4px; }}
    """


def _text(t: Tokens) -> str:
    return f"""
    QLabel {{ color: {t.text}; background: transparent; }}
    QLabel[role="title"] {{ font-size: {TITLE}px; font-weight: 600; }}
    QLabel[role="heading"] {{ font-size: {HEADING}px; font-weight: 600; }}
    QLabel[role="strong"] {{ font-weight: 600; }}
    QLabel[role="quiet"] {{ color: {t.quiet}; }}
    QLabel[role="small"] {{ color: {t.quiet}; font-size: {SMALL}px; }}
    QLabel[role="caption"] {{ color: {t.quiet}; font-size: {SMALL}px; font-weight: 600; }}
    QLabel[role="error"] {{ color: {t.error}; font-size: {SMALL}px; }}
    QLabel[role="figure"] {{ font-size: {TITLE}px; }}
    QLabel[role="key"] {{
        color: {t.text}; font-size: {SMALL}px; background: {t.raised};
        border: 1px solid {t.control}; border-radius: 3px; padding: 0 5px;
        min-height: 18px; max-height: 18px; }}
    QLabel[role="badge"] {{
        color: {t.quiet}; font-size: {SMALL}px; border: 1px solid {t.control};
        border-radius: 3px; padding: 1px 6px; }}
    QLabel[focused="true"] {{ border-bottom: 2px solid {t.accent}; }}
    QLabel[focused="false"] {{ border-bottom: 2px solid transparent; }}
    QLabel:disabled {{ color: {t.disabled}; }}
    """


def _buttons(t: Tokens) -> str:
    return f"""
    QPushButton, QToolButton[role="button"] {{
        color: {t.text}; background: {t.raised}; border: 1px solid {t.line};
        border-radius: 4px; padding: 0 {GRID + 4}px;
        min-height: {_INNER}px; max-height: {_INNER}px; }}
    QPushButton:hover {{ background: {t.hover}; }}
    QPushButton:pressed {{ background: {t.line}; }}
    QPushButton:focus {{ border: 2px solid {t.accent}; padding: 0 {GRID + 3}px;
        min-height: {_INNER - 2}px; max-height: {_INNER - 2}px; }}
    QPushButton:disabled {{ color: {t.disabled}; background: {t.panel}; }}
    QPushButton:checked {{ background: {t.hover}; border-color: {t.accent}; }}
    QPushButton[role="primary"] {{
        color: {t.on_accent}; background: {t.accent_fill}; border-color: {t.accent_fill};
        font-weight: 600; }}
    QPushButton[role="primary"]:hover {{ background: {t.accent_hover}; }}
    QPushButton[role="primary"]:focus {{ border: 2px solid {t.text}; }}
    QPushButton[role="primary"]:disabled {{
        color: {t.disabled}; background: {t.panel}; border-color: {t.line}; }}
    QPushButton[role="flat"] {{ background: transparent; border-color: transparent; }}
    QPushButton[role="flat"]:hover {{ background: {t.hover}; }}
    QPushButton[role="flat"]:focus {{ border: 2px solid {t.accent}; }}
    QPushButton[role="flat"]:checked {{ background: {t.hover}; border-color: {t.accent}; }}
    QPushButton[role="link"] {{
        background: transparent; border: 2px solid transparent; padding: 0;
        text-decoration: underline; text-align: left;
        min-height: {_INNER - 10}px; max-height: {_INNER - 10}px; }}
    QPushButton[role="link"]:hover {{ background: {t.hover}; }}
    QPushButton[role="link"]:focus {{ border-color: {t.accent}; }}
    QToolButton {{
        color: {t.text}; background: transparent; border: 2px solid transparent;
        border-radius: 4px; min-height: {CONTROL - 4}px; min-width: {CONTROL - 4}px; }}
    QToolButton:hover {{ background: {t.hover}; }}
    QToolButton:focus {{ border-color: {t.accent}; }}
    QToolButton:checked {{ background: {t.hover}; }}
    QToolButton::menu-indicator {{ image: none; }}
    """


def _fields(t: Tokens) -> str:
    return f"""
    QLineEdit, QPlainTextEdit {{ placeholder-text-color: {t.quiet}; }}
    QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {{
        color: {t.text}; background: {t.field}; border: 1px solid {t.control};
        border-radius: 4px; padding: 0 {GRID}px;
        min-height: {_INNER}px; max-height: {_INNER}px;
        selection-background-color: {t.accent_fill}; selection-color: {t.on_accent}; }}
    QPlainTextEdit, QTextEdit {{
        color: {t.text}; background: {t.field}; border: 1px solid {t.control};
        border-radius: 4px; padding: 4px;
        selection-background-color: {t.accent_fill}; selection-color: {t.on_accent}; }}
    QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {{
        border: 2px solid {t.accent}; padding: 0 {GRID - 1}px;
        min-height: {_INNER - 2}px; max-height: {_INNER - 2}px; }}
    QPlainTextEdit:focus, QTextEdit:focus {{ border: 2px solid {t.accent}; padding: 3px; }}
    QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {{
        color: {t.disabled}; border-color: {t.line}; background: {t.panel}; }}
    QLineEdit[invalid="true"], QComboBox[invalid="true"] {{ border-color: {t.error}; }}
    QComboBox::drop-down {{ border: none; width: 24px; }}
    QComboBox::down-arrow {{ image: {_image(t, "down")}; width: 12px; height: 12px; }}
    QComboBox QAbstractItemView {{
        background: {t.raised}; color: {t.text}; border: 1px solid {t.control}; outline: none;
        selection-background-color: {t.accent_fill}; selection-color: {t.on_accent}; }}
    QComboBox QAbstractItemView::item {{
        min-height: {CONTROL - GRID}px; padding: 4px {GRID}px; border: none; }}
    QComboBox QAbstractItemView::item:selected {{
        background: {t.accent_fill}; color: {t.on_accent}; border: none; }}
    QSpinBox::up-button, QSpinBox::down-button,
    QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {{
        background: transparent; border: none; width: 20px; }}
    QSpinBox::up-arrow, QDoubleSpinBox::up-arrow {{
        image: {_image(t, "up")}; width: 10px; height: 10px; }}
    QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {{
        image: {_image(t, "down")}; width: 10px; height: 10px; }}
    """


def _choices(t: Tokens) -> str:
    return f"""
    QCheckBox, QRadioButton {{
        color: {t.text}; spacing: {GRID}px; min-height: 24px; background: transparent;
        border: 2px solid transparent; border-radius: 4px; }}
    QCheckBox:focus, QRadioButton:focus {{ border-color: {t.accent}; }}
    QCheckBox:disabled, QRadioButton:disabled {{ color: {t.disabled}; }}
    QCheckBox::indicator, QRadioButton::indicator {{
        width: 16px; height: 16px; border: 1px solid {t.control}; background: {t.field}; }}
    QCheckBox::indicator {{ border-radius: 3px; }}
    QRadioButton::indicator {{ border-radius: 9px; }}
    QCheckBox::indicator:checked {{
        background: {t.accent_fill}; border-color: {t.accent_fill};
        image: {_image(t, "check")}; }}
    QRadioButton::indicator:checked {{
        background: {t.accent_fill}; border-color: {t.accent_fill}; image: {_image(t, "dot")}; }}
    QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{
        border-color: {t.line}; background: {t.panel}; }}
    QSlider::groove:horizontal {{ height: 4px; background: {t.control}; border-radius: 2px; }}
    QSlider::handle:horizontal {{
        width: 16px; margin: -6px 0; border-radius: 8px; background: {t.text}; }}
    QSlider::handle:horizontal:focus {{ background: {t.accent}; }}
    QSlider::groove:horizontal:disabled {{ background: {t.line}; }}
    QSlider::handle:horizontal:disabled {{ background: {t.line}; }}
    """


def _lists(t: Tokens) -> str:
    return f"""
    QAbstractItemView {{
        color: {t.text}; background: {t.canvas}; border: 1px solid {t.line};
        border-radius: 4px; outline: none; alternate-background-color: {t.panel};
        selection-background-color: {t.selected}; selection-color: {t.text}; }}
    QAbstractItemView:focus {{ border-color: {t.accent}; }}
    QTableView {{ gridline-color: {t.line}; }}
    QTableView::item {{ padding: 4px {GRID}px; }}
    QListView::item {{
        padding: 4px {GRID}px 4px {GRID - BAR}px; min-height: {CONTROL - GRID}px;
        border-left: {BAR}px solid transparent; }}
    QAbstractItemView::item:selected {{ background: {t.selected}; color: {t.text}; }}
    QListView::item:selected {{ border-left: {BAR}px solid {t.accent}; }}
    QHeaderView {{ background: {t.panel}; border: none; }}
    QHeaderView::section {{
        color: {t.quiet}; background: {t.panel}; border: none; font-size: {SMALL}px;
        border-bottom: 1px solid {t.line}; padding: 4px {GRID + 3}px; font-weight: 600; }}
    QTableCornerButton::section {{ background: {t.panel}; border: none; }}
    QMenu {{
        color: {t.text}; background: {t.raised}; border: 1px solid {t.control}; padding: 4px; }}
    QMenu::item {{
        padding: 6px {GRID * 3}px 6px {GRID * 2}px; min-height: {CONTROL - 12}px;
        border-radius: 3px; }}
    QMenu::item:selected {{ background: {t.accent_fill}; color: {t.on_accent}; }}
    QMenu::item:disabled {{ color: {t.disabled}; }}
    QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 0; }}
    QTabBar {{ qproperty-drawBase: 0; }}
    QTabBar::tab {{
        color: {t.quiet}; background: transparent; padding: 0 {GRID * 2}px;
        min-height: {_INNER - 2}px; border: none; border-bottom: 2px solid transparent; }}
    QTabBar::tab:selected {{ color: {t.text}; border-bottom-color: {t.accent}; }}
    QTabBar::tab:hover {{ color: {t.text}; }}
    QTabBar[kind="segments"]::tab {{
        background: transparent; border: 1px solid transparent; border-radius: 4px;
        padding: 0 {GRID + 4}px; min-height: {_INNER - 4}px; }}
    QTabBar[kind="segments"]::tab:selected {{
        background: {t.selected}; border-color: {t.control}; color: {t.text}; }}
    QTabBar[kind="segments"]:focus::tab:selected {{ border-color: {t.accent}; }}
    QTabBar[focused="true"]::tab:selected {{ border-bottom: 2px solid {t.accent}; }}
    QTabWidget::pane {{ border: none; border-top: 1px solid {t.line}; }}
    """


def _bars(t: Tokens) -> str:
    return f"""
    QProgressBar {{
        background: {t.canvas}; border: 1px solid {t.control}; border-radius: 4px;
        min-height: 6px; max-height: 6px; color: transparent; }}
    QProgressBar::chunk {{ background: {t.quiet}; border-radius: 3px; }}
    QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
    QScrollBar::handle {{
        background: {t.control}; border-radius: 3px; margin: 3px; min-height: 32px;
        min-width: 32px; }}
    QScrollBar::handle:hover {{ background: {t.quiet}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QAbstractScrollArea::corner {{ background: transparent; }}
    """


def _frame(t: Tokens) -> str:
    return f"""
    QWidget[part="rail"] {{ background: {t.panel}; border-right: 1px solid {t.line}; }}
    QWidget[part="rail"] QToolButton {{
        color: {t.quiet}; font-size: {SMALL}px; border-radius: 0;
        border: 2px solid transparent; border-left: 3px solid transparent; padding: 6px 0; }}
    QWidget[part="rail"] QToolButton:hover {{ color: {t.text}; background: {t.hover}; }}
    QWidget[part="rail"] QToolButton:checked {{
        color: {t.text}; background: {t.raised}; border-left: 3px solid {t.accent}; }}
    QWidget[part="rail"] QToolButton:focus {{ border: 2px solid {t.accent}; }}
    QWidget[part="hints"] {{ background: {t.panel}; border-top: 1px solid {t.line}; }}
    QFrame[part="toast"] {{
        background: {t.raised}; border: none; border-top: 1px solid {t.line}; }}
    QFrame[part="toast"][kind="error"] {{ border-top: 2px solid {t.error}; }}
    QFrame[part="notice"] {{
        background: {t.raised}; border: none; border-left: 3px solid {t.control}; }}
    QFrame[part="notice"][kind="warning"] {{ border-left-color: {t.state["unsure"]}; }}
    QFrame[part="notice"][kind="error"] {{ border-left-color: {t.error}; }}
    QFrame[part="overlay"] {{
        background: {t.panel}; border: 1px solid {t.control}; border-radius: 6px; }}
    QFrame[part="drop"] {{ border: 1px dashed {t.control}; border-radius: 4px; }}
    QFrame[part="drop"][over="true"] {{ border: 2px dashed {t.accent}; }}
    QPushButton[role="hint"] {{ background: transparent; border: none; padding: 0;
        min-height: {_INNER}px; max-height: {_INNER}px; }}
    QPushButton[role="hint"]:hover {{ background: {t.hover}; }}
    QWidget {{ font-size: {BODY}px; }}
    """
