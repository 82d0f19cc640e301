### Командная строка

cli-about = mailapp — рассылки для небольшой организации: один файл программы, один файл базы.
cli-usage = Использование:
cli-commands = Команды
cli-command = КОМАНДА
cli-options = Параметры
cli-arguments = Аргументы
cli-after-help =
    Коды завершения: 0 — готово; 1 — отказ или ошибка; 2 — ошибка в самой команде (неизвестная
    команда или параметр, нет значения или оно не подходит). У send, resume и send-again ещё
    3 — закончено, но дошло не до всех, 4 — отправлять некому; у leave 4 — решать нечего.
    С --json ошибки выводятся в JSON в стандартный поток ошибок, а время — по RFC 3339 в UTC.
cli-serve = Запустить страницу, отправку и расписание
cli-help = Показать справку по команде
cli-help-about = Название команды
cli-demo = Показать всё на примере: свои данные и свой почтовый сервер, наружу ничего не уходит
cli-send = Отправить рассылку и показать ход отправки
cli-pause = Приостановить отправку рассылки
cli-resume = Продолжить отправку рассылки
cli-cancel = Отменить отправку рассылки
cli-create-user = Завести пользователя
cli-create-manager = Завести менеджера
cli-mailbox = Показать перехваченные письма
cli-arg-config = Файл настроек (обычно mailapp.toml)
cli-arg-data = Папка с данными (обычно data)
cli-arg-set = Любая настройка, например --set relay.host=smtp.example.ru
cli-arg-lang = Язык: ru или en
cli-arg-count = Сколько строк показать (обычно 50; в CSV и JSON все)
cli-arg-csv = Вывести файлом CSV
cli-recipients-outcome = Вместе с --mailing: только те, до кого рассылка дошла или не дошла — accepted, failed, waiting, in_doubt, skipped или not_sent
cli-arg-excel = То же, как ждёт Excel: с меткой UTF-8 и точкой с запятой
cli-stats-csv = Одна таблица файлом CSV: time, mailings, runs, domains, replies или durations
cli-arg-help = Показать справку
cli-arg-version = Показать версию
cli-arg-mailing = Номер рассылки
cli-arg-json = Выводить JSON, по объекту на строку
cli-serve-address = Адрес, на котором отвечать (обычно 127.0.0.1)
cli-serve-port = Порт (обычно 8000)
cli-serve-base-url = Адрес страницы для внешнего мира, например https://mail.example.ru
cli-demo-data = Папка для данных демонстрации, чтобы их сохранить (иначе временная)
cli-demo-has-no-settings = У демонстрации свои настройки: --config и --set на неё не действуют. Что можно указать: mailapp demo --help.
cli-demo-port = Порт страницы
cli-demo-recipients = Сколько ещё получателей добавить, чтобы увидеть большую базу
cli-demo-attempts = Сколько попыток отправки добавить в журнал
cli-send-failed = Только тем, до кого не дошло в прошлый раз
cli-send-last-run = Отправить, только если последняя отправка рассылки всё ещё эта (0 — не отправлялась), чтобы скрипт, запущенный дважды, отправил один раз
cli-sent-before = Рассылка уже отправлялась: отправка № { $run }, { $when }.
cli-sent-meanwhile = Пока команда запускалась, рассылку № { $id } отправили или изменили. Ничего не отправлено. Посмотреть: mailapp status { $id }
cli-other-last-run = Последняя отправка рассылки № { $id } — № { $run }. Ничего не отправлено.
cli-arg-email = Почта пользователя
cli-create-user-email = Почта; без неё команда спросит
cli-create-manager-email = Почта; без неё команда спросит
cli-arg-name = Имя
cli-arg-language = Язык пользователя: ru или en
cli-arg-time-zone = Часовой пояс, например Europe/Moscow
cli-mailbox-mail = Номер письма
cli-mailbox-source = Исходный вид письма

cli-error-command = Команды «{ $name }» нет.
cli-error-no-command = Не указана команда.
cli-error-argument = Параметра «{ $name }» здесь нет.
cli-error-missing = Не указано: { $name }.
cli-error-nothing-to-change = Не указано, что изменить: { $names }.
cli-error-no-value = У { $name } нет значения.
cli-error-value = { $name }: значение «{ $value }» не подходит.
cli-error-choice = { $name }: «{ $value }» нет среди возможных значений: { $known }.
cli-error-twice = { $name }: указано дважды или не сочетается с другим параметром.
cli-error-usage = Команду не удалось понять.
cli-error-suggest = Может быть, { $name }?
cli-error-usage-line = Использование: { $usage }
cli-error-help-with = Подробнее: mailapp { $name } --help
cli-error-help = Справка: mailapp --help

cli-secret-in-argument = Секрет в аргументах виден всем на этой машине. Укажите его в mailapp.toml или в переменной; MAILAPP_RELAY_PASSWORD_FILE называет файл с паролем.
cli-no-database = В папке { $path } нет базы данных. Запустите mailapp serve или укажите папку: --data.
cli-database-gone = В папке { $path } нет базы данных, но остались файлы от неё: { $files }. Если базу удалили или перенесли, верните её из резервной копии (см. docs/restoring.md), а до того не запускайте mailapp serve. Если нужна другая папка, укажите её: --data.
cli-database-made-anew = В папке { $path } был ключ secret.key, но не было базы данных, поэтому создана новая, пустая. Если база была, остановите mailapp и верните её из резервной копии (см. docs/restoring.md).
cli-database-is-copy = База данных скопирована или восстановлена из резервной копии, поэтому из неё ничего не отправляется. Чтобы отправлять отсюда: mailapp adopt
cli-no-mailing = Рассылки № { $id } нет.
cli-no-mail = Письма № { $id } нет.
cli-serving = mailapp работает: { $url }
cli-capture = Почтовый сервер не задан: письма никуда не уходят и хранятся здесь (mailapp mailbox).
cli-stands-by = Другой процесс mailapp уже отправляет письма из этой базы данных. Этот показывает те же страницы и начнёт отправлять сам, когда тот завершится.
cli-no-users = Пользователей ещё нет. Заведите менеджера: mailapp create-manager
cli-user-created = Пользователь { $email } заведён.
cli-manager-created = Менеджер { $email } заведён.
cli-ask-email = Почта:
cli-ask-password = Пароль:
cli-ask-password-again = Пароль ещё раз:
cli-no-password = Не указан пароль.
cli-passwords-differ = Пароли не совпадают.
cli-started = Отправка № { $run }: { $count ->
    [one] { $count } получатель
    [few] { $count } получателя
   *[many] { $count } получателей
}.
cli-progress = успешно { $accepted }, не успешно { $failed }, ждут повтора { $deferred }, в очереди { $queued }
cli-skipped = , пропущено { $skipped }
cli-bar = { $accepted } успешно, { $failed } нет, ещё { $left }
cli-bar-rate = ≈ { $rate }/мин, { $left }
cli-because = { $why }
cli-left-hint = Запуск остался незавершённым. Продолжить: mailapp resume { $id }
cli-finished = Закончено:
cli-paused = Приостановлено:
cli-cancelled = Отменено:
cli-active = Отправляется:
cli-pausing = Приостанавливаю: дождусь писем, которые уже в пути. Ещё раз Ctrl-C — не ждать, их исход останется неизвестным.
cli-paused-hint = Отправка приостановлена. Продолжить: mailapp resume { $id }
cli-all-unsubscribed = Все получатели отписались: отправлять некому.
cli-not-a-demo = { $path }: это не данные примера. Укажите пустую папку или запустите без --data.

## Получатели, сообщения, рассылки

cli-create-recipient = Добавить получателя
cli-update-recipient = Изменить получателя; что не указано, останется прежним
cli-delete-recipient = Удалить получателя; журнал остаётся
cli-create-message = Добавить сообщение
cli-update-message = Изменить сообщение; что не указано, останется прежним
cli-delete-message = Удалить сообщение, если оно не нужно ни одной рассылке
cli-create-mailing = Создать рассылку
cli-update-mailing = Изменить рассылку; что не указано, останется прежним
cli-delete-mailing = Удалить рассылку; журнал остаётся
cli-arg-owner = Чьё это будет: почта пользователя
cli-arg-recipient = Номер получателя
cli-arg-message = Номер сообщения
cli-arg-comment = Комментарий
cli-arg-subject = Тема
cli-arg-body = Текст; без него и без файла читается стандартный ввод
cli-arg-body-file = Файл с текстом в UTF-8; - значит стандартный ввод
cli-arg-starts = Первая отправка, например "2026-12-01 10:00" (часовой пояс из настроек) или 2026-12-01T10:00+05:00
cli-arg-ends = Конец: после него ничего не отправляется. Дата без времени — до конца этого дня
cli-arg-title = Название; пустое: им служит тема сообщения
cli-arg-automatic = Первую отправку начать самой, в срок
cli-arg-by-hand = Не начинать самой, ждать команды или кнопки
cli-arg-all = Добавить всех получателей
cli-arg-matching = Добавить всех, в ком есть эти слова; можно несколько раз
cli-arg-without = Кроме этого, по адресу или номеру; можно несколько раз
cli-arg-none = Прежних получателей убрать
cli-create-recipient-email = Адрес получателя
cli-create-recipient-name = Ф. И. О.
cli-update-recipient-email = Новый адрес
cli-update-recipient-name = Ф. И. О.
cli-create-mailing-recipient = Добавить этого, по адресу или номеру; можно несколько раз
cli-update-mailing-recipient = Добавить этого, по адресу или номеру; можно несколько раз
cli-update-message-body = Новый текст
cli-recipients-mailing = Получатели этой рассылки
cli-import-recipients = Добавить получателей из таблицы CSV или списка адресов; при ошибке не добавит никого
cli-import-recipients-file = Файл до 256 МБ: таблица со столбцами или адреса, скопированные из поля «Кому» письма, например "Ли, Анна" <anna@example.com>, boris@example.com; без него или с - читается стандартный ввод
cli-import-recipients-update = Обновить имена и комментарии тех, кто уже есть, и отписать отписанных по таблице
cli-import-recipients-column = Чем считать столбец, по номеру или заголовку: email=3, name=Заказчик; бывают email, name, name-part, comment, state; можно несколько раз
cli-import-recipients-encoding = Кодировка файла, например windows-1251; обычно определяется сама
cli-import-recipients-headings = Первая строка — заголовки столбцов
cli-import-recipients-no-headings = Заголовков столбцов нет
cli-import-recipients-skip-wrong = Пропустить строки таблицы или адреса списка с ошибками, остальных добавить
cli-import-recipients-dry-run = Только сказать, что будет добавлено
cli-ask-table = Таблица, в конце Ctrl-D:
cli-import-choose = Укажите столбец с адресами по номеру или заголовку: --column email=3
cli-import-skip = Чтобы добавить остальных, повторите с --skip-wrong.
cli-import-column = Столбец { $number } «{ $heading }»: { $role }
cli-import-column-unnamed = Столбец { $number }: { $role }
cli-import-dry = Новых получателей: { $new }. Уже есть: { $known }. Это пробный запуск: ничего не изменено.
cli-import-line = Строка { $line }: { $text } — { $why }
cli-recipient-added = Получатель добавлен: № { $id }
cli-recipient-changed = Получатель изменён: № { $id }
cli-recipient-deleted = Получатель удалён: № { $id }
cli-message-added = Сообщение добавлено: № { $id }
cli-message-changed = Сообщение изменено: № { $id }
cli-message-deleted = Сообщение удалено: № { $id }
cli-mailing-without-recipients = Получателей нет, поэтому рассылка не начнётся. Выберите их: mailapp update-mailing { $id } --all, --matching или --recipient.
cli-mailing-added = Рассылка создана: № { $id }, { $count ->
    [one] { $count } получатель
    [few] { $count } получателя
   *[other] { $count } получателей
}, { $from } – { $until }, { $zone }
cli-mailing-changed = Рассылка изменена: № { $id }, { $count ->
    [one] { $count } получатель
    [few] { $count } получателя
   *[other] { $count } получателей
}, { $from } – { $until }, { $zone }
cli-mailing-deleted = Рассылка удалена: № { $id }
cli-no-recipient = Получателя № { $id } нет.
cli-no-message = Сообщения № { $id } нет.
cli-no-message-of = У этого пользователя нет сообщения № { $id }.
cli-recipient-exists = Получатель с адресом { $email } у этого пользователя уже есть.
cli-no-such-recipients = { $count ->
    [1] Нет такого получателя: { $who }.
   *[other] Нет таких получателей: { $who }.
}
cli-recipient-sent-more = Раньше было ещё. Всё: mailapp recipients { $id } --csv
cli-ask-body = Текст сообщения, в конце Ctrl-D:
cli-file-large =
    Файл { $file } слишком велик: принимается до { $size } { $unit ->
        [mb] МБ
       *[kb] КБ
    }.
cli-not-written = Вывод не записан до конца: { $error }
cli-matching-nobody = --matching: нужны слова, до 200 знаков. Для всех есть --all.
cli-stats-runs = Отправки есть у рассылки: добавьте --mailing.
cli-file-missing = Файла { $file } нет.
cli-file-unreadable = Файл { $file } не читается: { $error }
cli-file-not-utf8 = Файл { $file } не в кодировке UTF-8.

## Пример

demo-ready = Пример готов: { $url }
    Почта, пароль и кто это:
demo-user = пользователь
demo-manager = менеджер
demo-folder = Данные примера: { $path }. Остановить: Ctrl-C
demo-sender = Компания «Пример»
demo-mailing-news = Новости октября
demo-mailing-sale = Осенняя распродажа
demo-mailing-invitation = Приглашение на встречу
demo-mailing-holidays = Новогодние скидки
demo-mailing-try = Попробуйте отправить
demo-mailing-crowd = Ежедневная рассылка всем
demo-filled-recipients = Получателей: { $count } за { $span } ({ $rate } в секунду)
demo-filled-members = Получателей в рассылке: { $count } за { $span } ({ $rate } в секунду)
demo-filled-attempts = Попыток: { $count } за { $span } ({ $rate } в секунду)
demo-sale-subject = { "{{" } name { "}}" }, скидки до 30 %
demo-sale-body =
    Здравствуйте, { "{{" } name | дорогой клиент { "}}" }!

    До конца месяца скидки до 30 % на весь каталог.

    Отписаться: { "{{" } unsubscribe_url { "}}" }
demo-news-subject = Новости октября
demo-news-body =
    { "{{" } name { "}}" }, добрый день!

    Мы переехали на новый склад и теперь отправляем заказы в день оплаты.

    Письмо пришло на { "{{" } email { "}}" }. Отписаться: { "{{" } unsubscribe_url { "}}" }
demo-holidays-subject = Новогодние скидки для { "{{" } name | вас { "}}" }
demo-holidays-body =
    С наступающим!

    С 25 декабря по 8 января — скидки на подарочные наборы.

    Отписаться: { "{{" } unsubscribe_url { "}}" }
demo-invitation-subject = Приглашаем на встречу
demo-invitation-body =
    { "{{" } name { "}}" }, приходите на встречу клиентов в четверг в 18:00.

    Отписаться: { "{{" } unsubscribe_url { "}}" }
