### Тексты страниц. Ключи те же, что в en/pages.ftl.

## Общее

product = Рассыльщик
skip = К содержанию
lost = Не удалось получить ответ. Проверьте связь и обновите страницу.
back = Назад
to-start = На главную
cancel = Отмена
save = Сохранить
add = Добавить
edit = Изменить
delete = Удалить
find = Найти
optional = (необязательно)
crumbs = Где вы находитесь
quoted = «{ $text }»
prev = Назад
next = Вперёд
page-first = Первая страница
page-last = Последняя страница
at-least = не меньше { $shown }
nothing-found-here = Здесь пока ничего
nothing-found-here-text = Просмотрена только часть списка: такой запрос ищется постепенно, от новых записей к старым.
search-further = Искать дальше
newer = Новее
older = Раньше
found = { $count ->
    [one] Найдена { $shown } запись
    [few] Найдены { $shown } записи
   *[many] Найдено { $shown } записей
}
nothing-found = Ничего не нашлось
nothing-found-text = По запросу «{ $q }» ничего нет. Попробуйте короче или другими словами.
show-all = Показать всё
comment = Комментарий
owner = Владелец
state = Состояние
status = Статус
time = Время
total = Всего
updated = Изменено
updated-at = Изменено { $when }
bytes = { $count ->
    [one] { $shown } байт
    [few] { $shown } байта
   *[many] { $shown } байт
}

## Меню

nav-label = Разделы
nav-menu = Меню
nav-account = Учётная запись
nav-mailings = Рассылки
nav-messages = Сообщения
nav-recipients = Получатели
nav-manager = Менеджер
nav-mailbox = Перехваченные письма
nav-running = Запущено сейчас

## Вход

sign-in = Войти
sign-in-title = Вход
sign-out = Выйти
email = Почта
password = Пароль

## О сервисе в целом

capture-banner = Письма никуда не уходят: почтовый сервер не задан, всё остаётся на этой машине.
capture-see = Посмотреть

## Получатели

recipient = Получатель
recipient-active = Активен
recipient-unsubscribed = Отписан
full-name = Ф. И. О.
added = Добавлен
recipients-count = { $count ->
    [one] { $shown } получатель
    [few] { $shown } получателя
   *[many] { $shown } получателей
}
recipients-search = Почта, Ф. И. О. или комментарий
recipients-empty = Получателей пока нет
recipients-empty-text = Добавьте первого: нужен только адрес почты.
recipient-add = Добавить получателя
recipient-new = Новый получатель
recipient-edit = Изменение получателя
recipient-email-hint = Например, ivan@example.ru или мария@почта.рф.
recipient-comment-hint = Виден только вам и менеджерам, в письма не попадает.
import = Добавить из таблицы
import-many = Из таблицы
import-file = Файл
import-file-other = Другой файл
import-file-hint = CSV, TSV или TXT до 8 МБ. Из Excel: «Файл» → «Сохранить как» → «CSV».
import-encoding = Кодировка файла
import-encoding-auto = Определить автоматически
import-encoding-hint = Смените, если вместо букв видны другие знаки.
import-table = Или вставьте таблицу
import-hint = По строке на получателя: адрес, Ф. И. О., комментарий — через запятую, точку с запятой или табуляцию; можно с заголовками. Подойдут столбцы, скопированные из таблицы, и адреса из поля «Кому». До 10 000 получателей и 2 МБ за раз.
import-check = Проверить
import-again = Проверить ещё раз
import-preview = Что будет добавлено
import-people = { $count ->
    [one] { $count } получатель
    [few] { $count } получателя
   *[many] { $count } получателей
}
import-kept = { $size } КБ, хранится час
import-headings = Первая строка — заголовки столбцов
import-column = Столбец
import-heading = Заголовок
import-sample = Что в нём
import-role = Чем считать
import-role-of = Чем считать столбец { $number } { $heading }
import-first = Первые получатели
import-source = Исходная таблица
import-skip = Пропустить { $shape ->
    [list] адреса с ошибками
   *[table] строки с ошибками
}
import-skip-hint = Остальные получатели будут добавлены.
import-update = Обновить тех, кто уже есть
import-update-hint = Ф. И. О. и комментарий станут такими, как в таблице, если они в ней есть; отписанные по таблице будут отписаны. Без галочки прежние получатели не меняются.
import-do = Добавить
import-wrong = { $shape ->
    [list] Адреса с ошибками
   *[table] Строки с ошибками
}
import-line = Строка
import-text = Что в ней
import-why = Что не так
import-wrong-more = И ещё { $count }.
recipient-wire = На почтовый сервер уходит как
recipient-unsubscribed-text = Получатель отписался: рассылки ему больше не отправляются.
recipient-mailings = В рассылках
recipient-mailings-none = Пока ни в одной рассылке.

## Сообщения

message = Сообщение
subject = Тема
in-mailings = В рассылках
messages-count = { $count ->
    [one] { $shown } сообщение
    [few] { $shown } сообщения
   *[many] { $shown } сообщений
}
messages-search = Тема или текст
messages-empty = Сообщений пока нет
messages-empty-text = Напишите первое: тему и текст письма, которое получат ваши клиенты.
message-write = Написать сообщение
message-new = Новое сообщение
message-edit = Изменение сообщения
message-subject = Тема письма
message-body = Тело письма
message-text = Текст с подстановками
message-mailings = В рассылках
message-mailings-none = Пока ни в одной рассылке.
marks = Подстановки
marks-text = Вставьте их в тему или в тело: в каждом письме вместо них будет своё.
marks-default = Если имени нет, подставится текст после черты:
marks-default-word = друг
marks-no-base-url = Внешний адрес сервиса (base_url) не задан, поэтому сообщение со ссылкой для отписки отправить нельзя.
preview = Предпросмотр
preview-for = для { $who }

## Рассылки

mailing = Рассылка
status-created = Создана
status-running = Запущена
status-finished = Завершена
switched-off = Отключена
switched-off-text = Менеджер отключил эту рассылку. Пока она отключена, письма не отправляются.
switched-off-because = Менеджер отключил эту рассылку: { $reason }
mailings-count = { $count ->
    [one] { $shown } рассылка
    [few] { $shown } рассылки
   *[many] { $shown } рассылок
}
mailings-search = Название рассылки или тема
mailings-empty = Рассылок пока нет
mailings-empty-text = Создайте первую: выберите сообщение, получателей и время.
mailings-none-such = Рассылок с таким статусом нет.
mailing-create = Создать рассылку
mailing-new = Новая рассылка
mailing-edit = Изменение рассылки
mailing-title = Название
mailing-title-hint = Получатели его не видят, в письма оно не попадает. Если не указать, будет тема письма.
mailing-choose-message = Выберите сообщение
mailing-no-messages = Сообщений пока нет.
mailing-starts = Первая отправка
mailing-ends = Окончание
mailing-zone = Часовой пояс: { $zone }. После окончания письма не отправляются.
mailing-automatic = Отправить автоматически
mailing-automatic-hint = В назначенное время первая отправка начнётся сама, если вы не отправите раньше.
mailing-recipients = Получатели рассылки
mailing-recipients-none = В рассылке нет получателей
starts-itself = начнётся автоматически
starts-by-hand = запускается вручную
send-now = Отправить сейчас
send-again = Отправить ещё раз
send-failed = Повторить неуспешные: { $shown }

## Выбор получателей

picker-chosen = Выбрано { $shown } из { $total }
picker-all = Добавить всех: { $shown }
picker-all-found = Добавить всех найденных: { $shown }
picker-none = Снять выбор
picker-empty-text = Рассылку можно сохранить и без получателей, а выбрать их позже.
window = Сроки
filling-title = Собираем получателей
filling-text-new = Рассылка появится, когда список будет готов. Страницу можно закрыть: работа продолжится.
filling-text-change = Пока список не готов, у рассылки прежние получатели. Страницу можно закрыть: работа продолжится.
filling-progress = Просмотрено { $looked } из { $total }, выбрано { $found }
filling-cancel = Прервать
filling-here = Собираем получателей рассылки № { $id }.
filling-watch = Посмотреть
notice-filling-cancelled = Прервано. Рассылка не создана.
notice-filling-kept = Прервано. У рассылки прежние получатели.
notice-filling-over = Получатели уже собраны, прерывать нечего.
nav-cache = Кеш
cache-text = Ответы, которые служба держит в памяти, чтобы не искать их заново. Любое изменение данных делает прежние ответы недействительными сразу.
cache-hits = Взято из памяти
cache-misses = Найдено заново
cache-answers = Ответов в памяти
cache-size = Занято
cache-size-of = { $size } из { $capacity } КБ

## Отправки

accepted = Успешно
failed = Не успешно
waiting-retry = Ждут повтора
queued = В очереди
pause = Приостановить
resume = Продолжить
run-cancel = Отменить отправку
run-title = Отправка № { $id }
run-of = Отправка { $when }
run-latest = Отправка
run-progress = Ход отправки
run-percent = { $percent } %
run-done-of = { $done } из { $total }
run-on-hold = на паузе
run-accepted-of = Успешно { $accepted } из { $total }
run-failed-count = Не успешно { $shown }
run-started = Начата
run-started-by = Начата { $when } · { $by }
run-by = Кем
run-ended = Закончена { $when }
run-trying = Отправляются сейчас: { $shown }
run-in-doubt = Под вопросом: { $shown }
run-expired = Не успели до окончания: { $shown }
run-skipped = Пропущены: { $shown }
run-sent-text = Что отправлено
run-sent-text-hint = текст на момент запуска
runs-earlier = Прежние отправки
runs-empty = Ещё не отправлялась
runs-empty-text = Здесь будет виден ход отправки и ответ почтового сервера на каждое письмо.

## Попытки

attempts = Журнал попыток
attempts-filter = Какие попытки показать
attempts-none = Попыток пока нет.
attempt-nth = попытка { $nth }
reply = Ответ почтового сервера

## Перехваченные письма

mailbox-text = Письма, которые не ушли с этой машины, потому что почтовый сервер не задан. Письма о чужих учётных записях читает только адресат, а на сервере их покажет команда mailapp mailbox.
mailbox-bound = Хранятся последние письма, всего до { $max } МБ.
mailbox-empty = Писем нет
mailbox-empty-text = Здесь появятся письма, отправленные без почтового сервера.
mails-count = { $count ->
    [one] { $shown } письмо
    [few] { $shown } письма
   *[many] { $shown } писем
}
mail-from = От кого
mail-to = Кому
mail-size = Размер
mail-no-subject = Без темы
mail-no-text = В письме нет текстовой части.
mail-view = Вид письма
mail-tab-text = Текст
mail-tab-source = Исходник
mail-download = Скачать .eml
mail-headers = Заголовки
mail-header = Заголовок
mail-value = Значение

## Отписка

unsubscribe = Отписаться
unsubscribe-title = Отписаться от рассылки?
unsubscribe-text = Рассылки этого отправителя на адрес { $email } больше приходить не будут.
unsubscribe-of = Рассылки, которые отправляет { $owner }, на адрес { $email } больше приходить не будут.
unsubscribe-also = Если позже отправитель указал для вас другой адрес, на него рассылки тоже приходить не будут.
unsubscribe-done = Вы отписаны
unsubscribe-done-text = Рассылки этого отправителя на адрес { $email } больше не придут. Страницу можно закрыть.
unsubscribe-done-of = Рассылки, которые отправляет { $owner }, на адрес { $email } больше не придут. Страницу можно закрыть.
unsubscribe-done-also = Более новый адрес, который указан для вас у отправителя, тоже отписан.
