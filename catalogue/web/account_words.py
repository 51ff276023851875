"""The words of the account pages, Thai and English side by side. Pure."""

from catalogue.entries import Language

_BOTH: dict[str, tuple[str, str]] = {
    "languages": ("ภาษา", "Language"),
    "missing_title": ("ไม่พบหน้านี้", "Page not found"),
    "missing": ("ไม่มีหน้านี้", "There is no such page."),
    "search": ("ค้นหาปัญหา", "Search the problems"),
    "sign_in": ("เข้าสู่ระบบ", "Sign in"),
    "email": ("อีเมล", "E-mail"),
    "password": ("รหัสผ่าน", "Password"),
    "forgot_link": ("ลืมรหัสผ่าน", "Forgot your password?"),
    "register_link": ("ขอบัญชีสำหรับเจ้าภาพ", "Ask for a host's account"),
    "no_account": (
        "ค้นหาและอ่านได้โดยไม่ต้องมีบัญชี บัญชีมีไว้สำหรับเจ้าภาพแฮกกาธอนและผู้ตรวจ",
        "Searching and reading need no account. Accounts are for hackathon hosts and curators.",
    ),
    "demo": ("ทดลองใช้ด้วยคลิกเดียว (ระบบสาธิต)", "Try it with one click (demo)"),
    "demo-founder": ("ผู้ก่อตั้งสตาร์ทอัพ", "A startup's founder"),
    "demo-host": ("เจ้าภาพแฮกกาธอน", "A hackathon's host"),
    "demo-curator": ("ผู้ตรวจ", "A curator"),
    "demo_mails": ("อีเมลที่ระบบสาธิตไม่ได้ส่งออก", "Mails that the demo did not send"),
    "no_mails": ("ยังไม่มีอีเมล", "No mails yet"),
    "mail_to": ("ถึง", "To"),
    "sign_out": ("ออกจากระบบ", "Sign out"),
    "signed_in_as": ("คุณเข้าสู่ระบบในชื่อ", "You are signed in as"),
    "register": ("ขอบัญชีเจ้าภาพ", "Ask for a host's account"),
    "register_about": (
        "เราจะส่งลิงก์ตั้งรหัสผ่านไปที่อีเมลของคุณ จากนั้นผู้ดูแลของหน่วยงานจะให้สิทธิ์",
        "We mail you a link to set your password. Then your organisation's admin gives you a role.",
    ),
    "name": ("ชื่อและนามสกุล", "Your name"),
    "organisation": ("หน่วยงาน", "Organisation"),
    "none": ("ไม่อยู่ในรายการ", "Not in this list"),
    "send": ("ส่ง", "Send"),
    "registered": (
        "โปรดเปิดอีเมลของคุณ เราส่งลิงก์ไปให้แล้ว ใช้ได้ 24 ชั่วโมง",
        "Look into your mail: we have sent you a link. It works for 24 hours.",
    ),
    "forgot": ("ตั้งรหัสผ่านใหม่", "A new password"),
    "forgotten": (
        "หากที่อยู่นี้มีบัญชี เราส่งลิงก์ไปให้แล้ว ใช้ได้ 1 ชั่วโมง",
        "If the address has an account, we have sent it a link. It works for one hour.",
    ),
    "reset": ("ตั้งรหัสผ่าน", "Set your password"),
    "new_password": ("รหัสผ่านใหม่ (อย่างน้อย 10 ตัวอักษร)", "New password (at least 10 characters)"),
    "reset_done": (
        "ตั้งรหัสผ่านแล้ว อุปกรณ์ทุกเครื่องออกจากระบบแล้ว และ API key ทั้งหมดถูกยกเลิก สร้างใหม่ได้ที่หน้าบัญชีของคุณ",
        "Your password is set. Every device is signed out and every API key revoked: make new ones on your page.",
    ),
    "link_void": (
        "ลิงก์นี้หมดอายุหรือถูกใช้ไปแล้ว ขอลิงก์ใหม่ได้",
        "This link has expired or was used already. Ask for a new one.",
    ),
    "problem": ("โปรดตรวจสอบ", "Please check"),
}
WORDS: dict[Language, dict[str, str]] = {
    "th": {key: th for key, (th, _) in _BOTH.items()},
    "en": {key: en for key, (_, en) in _BOTH.items()},
}
