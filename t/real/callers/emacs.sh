# shellcheck shell=sh
# Emacs; mail-interactive takes any output of sendmail for a failure.
# Packages: emacs-nox

check "Emacs sends" as alice emacs -Q --batch --eval '
	(progn
	  (require (quote message))
	  (setq mail-interactive t message-interactive t
		user-mail-address "emacs@example.org" user-full-name "Alice E."
		message-sendmail-envelope-from (quote header)
		send-mail-function (quote sendmail-send-it)
		message-send-mail-function (quote message-send-mail-with-sendmail))
	  (message-mail "emacs.to@example.org" "from Emacs"
			(quote ((Bcc . "emacs.bcc@example.org"))))
	  (message-goto-body)
	  (insert "one\n.\n..two\n")
	  (message-send))' </dev/null
for box in to bcc; do
	check "Emacs's mail arrives ($box)" mailed emacs.$box <<-'END'
	Return-Path: <emacs@example.org>
	From: "Alice E." <emacs@example.org>
	To: emacs.to@example.org
	Subject: from Emacs
	MIME-Version: 1.0
	Content-Type: text/plain*

	one
	.
	..two
	END
done
