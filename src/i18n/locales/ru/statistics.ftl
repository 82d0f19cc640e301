### Обзор, статистика, журнал попыток. Ключи те же, что в en/statistics.ftl.

nav-overview = Обзор
nav-attempts = Попытки
nav-statistics = Статистика

## Обзор

steps-title = С чего начать
step-done = Сделано:
step-to-recipients = Добавить получателей
step-to-message = Написать сообщение
step-to-mailing = Создать рассылку
step-to-send = Отправить
step-hint-recipients = Нужен только адрес почты; Ф. И. О. пригодится для обращения в письме.
step-hint-message = Тема и текст письма. Вместо подстановок у каждого получателя будет своё.
step-hint-mailing = Выберите сообщение, получателей и время отправки.
step-hint-send = Откройте рассылку и нажмите «Отправить сейчас» — или дождитесь назначенного времени.
overview-mailings = Всего рассылок
overview-running = Из них запущено
overview-recipients = Уникальных получателей
overview-recipients-all = Получателей
overview-unfinished-all = Показать все
overview-unfinished = Отправляются
mails-sent = Отправлено писем
attempts-counted = Попытки отправки
period = Период
period-today = Сегодня
period-week = 7 дней
period-month = 30 дней
period-all = Всё время
all-attempts = Попыток
last-failures = Последние неудачи
all-failures = Все неуспешные
failures-none = Неудачных попыток нет.

## Статистика

statistics-zone = Часы, дни, недели и месяцы — по часовому поясу { $zone }. Письмо отправлено, когда его принял почтовый сервер.
statistics-of = Статистика: { $title }
statistics-of-run = Только отправка № { $run }.
statistics-all-runs = Показать все отправки
statistics-first = Это первые { $shown }; все — в файле.
statistics-none = За этот период отправок не было
statistics-none-text = Когда письма начнут отправляться, здесь будет видно, сколько дошло до почтовых серверов, что они ответили и сколько это заняло.
statistics-coarser = Для такого длинного периода выбранный шаг слишком мелкий, показан более крупный.
statistics-runs = По отправкам
statistics-mailings = По рассылкам
statistics-replies = Почему не получилось
statistics-domains = По доменам получателей
statistics-durations = Сколько занимала попытка
show = Показать
attempts-succeeded = Успешных попыток
attempts-failed = Неуспешных попыток
attempts-hint = Здесь считаются попытки: на одного получателя их может быть несколько, и каждый повтор — отдельная попытка. Получатели посчитаны на странице рассылки.
run-recipients = Получатели отправки № { $run }
run-recipients-accepted = Получателей: успешно
run-recipients-failed = Получателей: не успешно
run-recipients-open = Получателей: ещё не отправлено
run-recipients-other = Получателей: под вопросом или пропущено
attempt-took = Время попытки
at-most = до { $span }
attempts-over-time = Попытки по времени
attempts-over-time-table = Попытки по времени в таблице
step = Шаг
step-hour = Часы
step-day = Дни
step-week = Недели
step-month = Месяцы
chart-said = Столбцы: успешных попыток { $accepted }, неуспешных { $failed }. Все числа — в таблице рядом.
chart-bar = { $piece }: успешно { $accepted }, не успешно { $failed }
of-refused = отказов { $shown }
of-deferred = временных { $shown }
of-in-doubt = под вопросом { $shown }
took = Длилась
not-yet-over = ещё идёт
per-minute = { $shown } писем/мин
share = Доля
reply-meaning = Ответ и что он значит
reply-none = ответа не было
charged-to-relay = дело в почтовом сервере, а не в получателе
domain = Домен
took-under = быстрее { $to }
took-between = от { $from } до { $to }
took-over = { $from } и дольше

## Журнал попыток

attempts-text = Каждая попытка отправки и ответ почтового сервера, от новых к старым.
attempts-none-text = Здесь будет каждая попытка отправки: кому, когда и что ответил почтовый сервер.
attempts-none-such = Таких попыток нет.
attempts-none-so-far = Среди просмотренных таких попыток нет.
attempts-looked-until = Журнал просмотрен до { $when }. Чтобы искать дальше, перейдите к более ранним.
attempts-not-understood = Исправьте условия поиска.
filter-address = Адрес получателя
filter-outcome = Чем кончилась
filter-any = Чем угодно
filter-code = Код ответа
filter-domain = Домен
filter-mailing = № рассылки
filter-run = № отправки
ended-accepted = Успешно
ended-failed = Не успешно (любые)
ended-refused = Отказ
ended-deferred = Не успешно (временно)
ended-in-doubt = Под вопросом
export-excel = для Excel

## Что стало с письмом

history = Что ему отправлялось
history-answer = Дошло ли и почему
history-none = Этому получателю ещё ничего не отправлялось.
delivery-waiting = Ждёт
delivery-trying = Отправляется
delivery-accepted = Успешно
delivery-refused = Не успешно
delivery-in-doubt = Под вопросом
delivery-expired = Не успели
delivery-skipped = Пропущен
reached-all = Все
reached-accepted = Успешно
reached-failed = Не успешно
reached-waiting = Ждут
reached-in-doubt = Под вопросом
reached-skipped = Пропущены
reached-not-sent = Ещё не отправлялось
reached-filter = Результат последней отправки
reached-nobody = С таким результатом никого нет
fate-not-sent = Ещё не отправлялось: ни в одной отправке этой рассылки получателя не было.
fate-waiting = Ждёт своей очереди: письмо ещё не отправлялось.
fate-paused = Ещё не отправлялось: отправка приостановлена.
fate-deferred = Пока не дошло. { $when } почтовый сервер ответил: { $reply }. Следующая попытка — { $due }.
fate-deferred-paused = Пока не дошло, отправка приостановлена. { $when } почтовый сервер ответил: { $reply }.
fate-trying = Отправляется прямо сейчас.
fate-accepted = Письмо принято почтовым сервером { $when }. Если его не видно, пусть получатель проверит папку «Спам».
fate-refused = Не дошло, повторять не будем. { $when } почтовый сервер ответил: { $reply }.
fate-in-doubt = Неизвестно: { $when } связь оборвалась, когда сервер уже мог принять письмо ({ $reply }).
fate-expired = { $why ->
    [asked] Не отправлялось: отправка была приостановлена, и рассылка закончилась.
    [switched_off] Не отправлялось: менеджер отключил рассылку, и она закончилась.
    [owner_blocked] Не отправлялось: владелец рассылки был заблокирован, и она закончилась.
    [relay] Не отправлялось: наш почтовый сервер не работал до окончания рассылки.
    [password] Не отправлялось: наш почтовый сервер не принимал пароль до окончания рассылки.
    [refusals] Не отправлялось: отправка была приостановлена из-за отказов почти на все письма, и рассылка закончилась.
    [rejected] Не отправлялось: отправка была приостановлена, потому что почтовый сервер отказывал нам самим, и рассылка закончилась.
    [doubts] Не отправлялось: отправка была приостановлена, потому что почтовый сервер не подтверждал приём писем, и рассылка закончилась.
    [restored] Не отправлялось: отправка была приостановлена после восстановления базы данных, и рассылка закончилась.
   *[other] Не отправлялось: до окончания рассылки очередь не дошла.
}
fate-expired-tried = { $why ->
    [asked] Не дошло: отправка была приостановлена, и рассылка закончилась.
    [switched_off] Не дошло: менеджер отключил рассылку, и она закончилась.
    [owner_blocked] Не дошло: владелец рассылки был заблокирован, и она закончилась.
    [relay] Не дошло: наш почтовый сервер не работал до окончания рассылки.
    [password] Не дошло: наш почтовый сервер не принимал пароль до окончания рассылки.
    [refusals] Не дошло: отправка была приостановлена из-за отказов почти на все письма, и рассылка закончилась.
    [rejected] Не дошло: отправка была приостановлена, потому что почтовый сервер отказывал нам самим, и рассылка закончилась.
    [doubts] Не дошло: отправка была приостановлена, потому что почтовый сервер не подтверждал приём писем, и рассылка закончилась.
    [restored] Не дошло: отправка была приостановлена после восстановления базы данных, и рассылка закончилась.
   *[other] Не дошло до окончания рассылки.
} Последний ответ почтового сервера, { $when }: { $reply }.
fate-doubted = Неизвестно: одна из попыток оборвалась, когда сервер уже мог принять письмо. Следующая попытка — { $due }.
fate-doubted-paused = Неизвестно: одна из попыток оборвалась, когда сервер уже мог принять письмо. Отправка приостановлена.
fate-doubted-over = Неизвестно: одна из попыток оборвалась, когда сервер уже мог принять письмо. Последний ответ, { $when }: { $reply }.
fate-unsubscribed = Не отправлялось: получатель отписался.
fate-cancelled = Не отправлено: отправку отменили.
fate-deleted = Не отправлено: получателя удалили.
fate-address-changed = Не отправлено: адрес получателя изменили. Письмо отправляется на новый адрес.
fate-skipped = Пропущено.

## Что не так в условиях

error-code-malformed = Код ответа — три цифры, например 550, или три числа через точку, например 5.1.1.
error-outcome-unknown = Такого исхода у попыток не бывает. Возможны accepted, failed, refused, deferred и in_doubt.
error-number-malformed = Номер — целое число, например 42.
error-page-key = Адрес этой страницы списка неверен, поэтому показано начало.
error-report-unknown = Такого отчёта нет. Вернитесь на страницу статистики и выберите файл там.

## Командная строка

cli-stats = Показать статистику: попытки по времени, рассылкам, доменам и ответам
cli-stats-mailing = Только одной рассылки
cli-stats-by = Шаг: hour, day, week или month
cli-attempts = Показать журнал попыток, от новых к старым
cli-attempts-mailing = Только этой рассылки
cli-attempts-run = Только этой отправки
cli-attempts-outcome = Чем кончилась: accepted, failed, refused, deferred, in_doubt
cli-attempts-code = Код ответа: 550 или 5.1.1
cli-attempts-domain = Домен получателя
cli-attempts-address = Адрес получателя
cli-mailings = Показать рассылки
cli-mailings-status = Только с этим статусом: created, running, finished
cli-recipients = Показать получателей
cli-messages = Показать сообщения
cli-doctor = Проверить базу данных и пересчитать всё, что в ней посчитано
cli-arg-user = Только этого пользователя (его почта)
cli-arg-from = С этого дня, например 2026-11-01
cli-arg-until = По этот день включительно
cli-arg-list-search = Слова, которые есть в записи
cli-rows-more = Показаны первые { $count }. Больше: --count { $more }

doctor-integrity = Целостность файла базы
doctor-foreign-keys = Ссылки между таблицами
doctor-addresses = Адреса, по которым сравниваются пользователи и получатели
doctor-owners = Владельцы отправок и попыток
doctor-users = Счётчики пользователей
doctor-kept-counts = Счётчики всего сервиса
doctor-doubts-left = Оставленные письма под вопросом
doctor-mailings = Число получателей в рассылках
doctor-runs = Счётчики отправок
doctor-run-attempts = Счётчики попыток в отправках
doctor-deliveries = Число попыток у каждого письма
doctor-totals-of-time = Итоги по времени
doctor-totals-of-domains = Итоги по доменам
doctor-totals-of-run-domains = Итоги по доменам в отправках
doctor-totals-of-replies = Итоги по ответам
doctor-totals-of-run-replies = Итоги по ответам в отправках
doctor-fine = в порядке
doctor-differs = НЕ СХОДИТСЯ
doctor-difference = { $subject }: записано { $kept }, на деле { $counted }
doctor-well = База данных в порядке.
doctor-ill = База данных не в порядке. Сохраните её копию и не меняйте вручную; если попытки продолжаются, остановите mailapp serve.
