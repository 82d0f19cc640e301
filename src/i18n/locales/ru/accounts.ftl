### Учётные записи, менеджеры, журнал действий.

## Вход и регистрация

recover-link = Забыли пароль?
register-link = Зарегистрироваться
again-link = Не пришло письмо для подтверждения?
sign-in-link = Ко входу
registration-closed = Регистрация закрыта.
registration-closed-text = Регистрация закрыта. Учётную запись заводит менеджер службы.
refused-registration = Регистрация закрыта. Учётную запись заводит менеджер службы.
register-title = Регистрация
register-text = На этот адрес придёт письмо со ссылкой. По ней вы подтвердите адрес и выберете пароль.
register = Получить письмо
your-name = Имя
your-name-hint = Его увидят получатели ваших рассылок, когда ответят на письмо.
send-letter = Отправить письмо
again-title = Отправить письмо ещё раз
again-text = Укажите адрес, с которым вы регистрировались. Если он ещё не подтверждён, придёт новая ссылка, а прежняя перестанет действовать.
recover-title = Восстановление пароля
recover-text = Укажите почту, с которой вы входите. Придёт письмо со ссылкой, по которой можно выбрать новый пароль.
confirm-title = Подтверждение адреса
confirm-text = Адрес подтверждён этой ссылкой. Осталось выбрать пароль.
confirm = Завершить регистрацию
new-password-title = Новый пароль
new-password-text = После этого нужно будет войти заново на всех устройствах.
new-password = Новый пароль
new-password-save = Сохранить новый пароль
password-hint = Не короче 8 знаков; любые знаки. Лучше всего несколько слов, не связанных друг с другом и с вами.
link-dead = Эта ссылка уже использована, устарела или заменена более новой.
confirm-dead = Если адрес уже подтверждён, просто войдите.
link-dead-next = Получить новую ссылку
change-email-title = Новый адрес
change-email-text = Учётная запись будет привязана к адресу, на который пришло это письмо.
change-email = Сменить адрес
change-email-again = Запросить смену ещё раз
second-step-title = Второй шаг
second-step-text = Пароль для { $email } верный. Введите код из приложения.
second-step-hint = Шесть цифр из приложения или один из резервных кодов.
second-step-late = Время на ввод кода вышло. Войдите ещё раз.
second-step-lost = Нет ни телефона, ни резервных кодов? Менеджер службы может убрать вход в два шага.
code = Код
notice-registered = Письмо отправлено на { $email }. Откройте ссылку из него, чтобы завершить регистрацию. Ссылка действует трое суток.
notice-asked-again = Если для { $email } есть неподтверждённая учётная запись, на этот адрес придёт новое письмо.
notice-recovery = Если с адресом { $email } есть учётная запись, на него придёт письмо со ссылкой. Она действует час.
notice-confirmed = Адрес подтверждён. Добро пожаловать!
notice-recovered = Пароль изменён. Войдите с новым паролем.
letters-stay = Почтовый сервер не задан, поэтому письмо осталось на этом сервере: его покажет команда mailapp mailbox.

## Своя учётная запись

account = Учётная запись
account-profile = Профиль
account-password = Пароль
account-email = Почта
account-sessions = Где выполнен вход
account-two-factor = Вход в два шага
account-delete = Удаление
language = Язык
language-none = Как в браузере
language-hint = На этом языке будут и письма службы.
time-zone = Часовой пояс
time-zone-hint = Например Europe/Moscow. Если не указан, действует пояс службы: { $zone }.
theme = Оформление
theme-none = Как в системе
theme-light = Светлое
theme-dark = Тёмное
old-password = Нынешний пароль
password-text = После смены пароля вход на всех остальных устройствах завершится.
change-password = Сменить пароль
notice-password = Пароль изменён. На остальных устройствах нужно войти заново.
email-text = Сейчас учётная запись привязана к адресу { $email }. На новый адрес придёт письмо со ссылкой; до перехода по ней ничего не изменится.
new-email = Новый адрес
notice-new-email = Письмо отправлено на { $email }. Адрес изменится, когда вы откроете ссылку из него. Ссылка действует сутки.
notice-email-changed = Адрес изменён.
sign-out-everywhere = Выйти на всех устройствах
session = Устройство
session-here = это устройство
session-address = Откуда
session-since = Вход
session-seen = Последнее действие
session-end = Завершить
notice-session-ended = Сеанс завершён.
notice-out-everywhere = Вы вышли на всех устройствах.
two-factor-text = При входе, кроме пароля, понадобится одноразовый код из приложения на телефоне. Чужой человек не войдёт, даже зная пароль.
two-factor-start = Настроить
two-factor-start-password-hint = Чтобы никто не настроил его за вас на оставленном компьютере.
two-factor-scan = Откройте приложение для одноразовых кодов и наведите камеру на этот код. Он действует 10 минут и только в этом браузере.
two-factor-qr = Код для приложения
two-factor-type = Или введите в приложение вручную:
two-factor-code-hint = Шесть цифр, которые теперь показывает приложение.
two-factor-turn-on = Включить
two-factor-is-on = вход в два шага включён
two-factor-is-on-text = При входе спрашивается код из приложения.
two-factor-on-text = Вход в два шага включён. Остальные ваши сеансы завершены.
two-factor-password-hint = Нужен для любого из двух действий.
two-factor-off = Выключить вход в два шага
notice-two-factor-off = Вход в два шага выключен.
recovery-codes = Резервные коды
recovery-codes-text = Каждым можно один раз войти, если телефон потерян. Запишите их: больше они показаны не будут.
recovery-codes-done = Коды записаны
recovery-codes-renew = Новые резервные коды
recovery-codes-left = { $count ->
    [one] Остался { $count } резервный код.
    [few] Осталось { $count } резервных кода.
   *[many] Осталось { $count } резервных кодов.
}
delete-goes = Будет удалено безвозвратно:
delete-account = учётная запись { $email }, её сеансы и настройки
delete-stays = Идущие запуски будут отменены. Журнал отправленного (кому, когда, что ответил сервер) остаётся у службы без вашего имени и адреса: по нему получатели по-прежнему могут отписаться. С ним остаются и отправленные тексты, а в журнале действий — строки о том, что делалось под этой учётной записью, с её тогдашним адресом.
delete-account-button = Удалить учётную запись
notice-account-deleted = Учётная запись удалена.

## Чужие данные

whose = Чьи данные показать
whose-mine = Мои
whose-all = Всех пользователей
viewing = Просмотр.
viewing-text = Это данные пользователя { $owner }: смотреть можно, менять нельзя.

## Пользователи

nav-users = Пользователи
nav-audit = Журнал действий
user = Пользователь
role = Роль
role-user = Пользователь
role-manager = Менеджер
user-active = Активен
user-blocked = Заблокирован
user-unconfirmed = Не подтверждён
users-search = Почта или имя
users-filter = Каких пользователей показать
users-all = Все
users-users = Пользователи
users-managers = Менеджеры
users-unconfirmed = Не подтверждены
users-blocked = Заблокированы
users-none-such = Таких пользователей нет.
users-count = { $count ->
    [one] { $shown } пользователь
    [few] { $shown } пользователя
   *[many] { $shown } пользователей
}
last-seen = Был(а) в службе
last-run = Последний запуск
registered = Регистрация
confirmed = Адрес подтверждён
not-yet = ещё нет
yes = да
no = нет
user-audit = Что о нём есть в журнале действий
block = Заблокировать
unblock = Разблокировать
blocked-because = Заблокирован { $when }. Причина: { $reason }
block-title = Заблокировать { $email }?
block-text = Пользователь сразу выйдет на всех устройствах и не сможет войти, его рассылки остановятся. Данные останутся; после разблокировки запуски можно продолжить.
reason = Причина
reason-hint = Её увидит владелец.
notice-blocked = Пользователь заблокирован.
notice-unblocked = Пользователь разблокирован. Если его запуски были остановлены, он продолжит их сам.
two-factor-remove = Убрать вход в два шага
two-factor-remove-title = Убрать вход в два шага у { $email }?
two-factor-remove-text = Для входа будет достаточно пароля. Убедитесь, что просит сам владелец: он получит об этом письмо.
notice-two-factor-removed = Вход в два шага убран. Пользователь получит об этом письмо.
disable = Отключить
enable = Включить снова
disable-title = Отключить рассылку «{ $title }»?
disable-text = Рассылка не начнётся, а идущий запуск приостановится. Владелец увидит причину.
notice-disabled = Рассылка отключена.
notice-enabled = Рассылка снова включена. Если её запуск был приостановлен, его продолжит владелец.
mail-private = только для адресата

## Журнал действий

audit-text = Кто, что, когда и откуда сделал. Записи не меняются и не удаляются.
audit-who = Кто
audit-what = Действие
audit-subject = Над чем
audit-detail = Подробности
audit-from = Откуда
audit-any = Любое
audit-search = Кто, над чем, откуда
from-day = С
until-day = По
audit-none = Таких записей нет.
audit-of = Показано то, что делал { $who }, и то, что делали с ним и его рассылками.
export-broken-off = Дальше прочитать не удалось: файл неполный.
audit-nobody = без входа
audit-command-line = командная строка
audit-schedule = служба
export-csv = Выгрузить CSV
audit-sign-in = Вход
audit-sign-in-failed = Неудачный вход
audit-password-failed = Неверный пароль у вошедшего
audit-code-failed = Неверный код
audit-use-recovery-code = Вход по резервному коду
audit-sign-out = Выход
audit-end-session = Завершение сеанса
audit-sign-out-everywhere = Выход на всех устройствах
audit-register = Запрос регистрации
audit-ask-confirmation = Повтор письма для подтверждения
audit-ask-recovery = Запрос восстановления пароля
audit-confirm = Подтверждение адреса
audit-recover = Восстановление пароля
audit-update-profile = Изменение профиля
audit-change-password = Смена пароля
audit-set-password = Пароль задан
audit-ask-new-email = Запрос смены адреса
audit-change-email = Смена адреса
audit-delete-account = Удаление учётной записи
audit-two-factor-on = Вход в два шага включён
audit-two-factor-off = Вход в два шага выключен
audit-remove-two-factor = Вход в два шага убран
audit-renew-recovery-codes = Новые резервные коды
audit-block-user = Блокировка
audit-unblock-user = Разблокировка
audit-disable-mailing = Отключение рассылки
audit-enable-mailing = Включение рассылки
audit-create-user = Создание учётной записи
audit-send-mailing = Запуск рассылки
audit-pause-run = Приостановка запуска
audit-resume-run = Продолжение запуска
audit-cancel-run = Отмена запуска
audit-import-recipients = Импорт получателей
audit-create-recipient = Добавлен получатель
audit-update-recipient = Изменён получатель
audit-delete-recipient = Удалён получатель
audit-create-message = Добавлено сообщение
audit-update-message = Изменено сообщение
audit-delete-message = Удалено сообщение
audit-create-mailing = Создана рассылка
audit-update-mailing = Изменена рассылка
audit-delete-mailing = Удаление рассылки
audit-export = Выгрузка файла
audit-export-audit = Выгрузка журнала
audit-call-off-filling = Сбор получателей прерван
audit-set-language = Выбор языка
audit-subject-id = { $kind ->
    [recipient] Получатель № { $id }
    [message] Сообщение № { $id }
    [mailing] Рассылка № { $id }
    [run] Отправка № { $id }
   *[other] № { $id }
}
audit-owner = Владелец: { $owner }
audit-detail-run = отправка № { $run }
audit-detail-deliveries = { $count ->
    [one] { $count } письмо
    [few] { $count } письма
   *[other] { $count } писем
}
audit-detail-rows = { $count ->
    [one] { $count } строка
    [few] { $count } строки
   *[other] { $count } строк
}
audit-detail-import-begun = { $count ->
    [one] начат, { $count } строка
    [few] начат, { $count } строки
   *[many] начат, { $count } строк
}
audit-detail-imported = добавлено: { $added }, обновлено: { $changed }, уже были: { $known }
audit-detail-role = { $role ->
    [manager] менеджер
   *[other] пользователь
}
audit-detail-adopt = приостановлено отправок: { $runs }, отменено плановых запусков: { $starts }
audit-adopt = Подтверждение скопированной базы
audit-letter-refused = Письмо службы не принято

## Что не так и почему нельзя

error-choice = Выберите из списка.
error-reason-missing = Укажите причину.
error-email-same = Это и есть нынешний адрес.
error-password-same = Это и есть нынешний пароль. Выберите другой.
error-blocked = Эта учётная запись заблокирована. Обратитесь к менеджеру службы. Причина: { $reason }
error-password-wrong = Пароль неверный.
error-code = Код неверный или уже использован.
error-throttled = Слишком много попыток. Повторите через { $wait }.
error-day-malformed = Это не похоже на дату. Пример: 24.11.2026 или 2026-11-24
error-period = Период кончается раньше, чем начинается.
refused-two-factor-on = Вход в два шага уже включён.
refused-changed-meanwhile = Эту учётную запись тем временем изменили в другом окне. Ничего не сохранено, попробуйте ещё раз.
refused-two-factor-off = Вход в два шага не включён.
refused-two-factor-start = Прошло больше 10 минут, или настройка начата в другом браузере. Начните её заново.
refused-last-manager = Вы единственный менеджер. Сначала заведите другого: mailapp create-manager
refused-blocked = Пользователь уже заблокирован.
refused-not-blocked = Пользователь не заблокирован.
refused-disabled = Рассылка уже отключена.
refused-enabled = Рассылка не отключена.
refused-private-mail = Это письмо открывает чужую учётную запись, поэтому его читает только адресат. На сервере: mailapp mailbox { $id }
failure-429 = Слишком часто
failure-429-text = Повторите немного позже.

## Письма службы

letter-greeting = Здравствуйте!
letter-greeting-name = Здравствуйте, { $name }!
letter-foot = Это письмо отправлено автоматически службой рассылок { $site }. Отвечать на него не нужно.
letter-confirm-subject = Подтвердите адрес
letter-confirm-text =
    С этим адресом начата регистрация в службе рассылок { $site }.
    Чтобы завершить её, откройте ссылку и выберите пароль. Ссылка действует трое суток.
    Если это были не вы, ничего не делайте: без ссылки учётная запись не заработает.
letter-confirm-button = Подтвердить адрес
letter-registered-subject = У вас уже есть учётная запись
letter-registered-text =
    Кто-то, возможно вы, пытался зарегистрироваться в { $site } с этим адресом. Учётная запись с ним уже есть.
    Войдите с вашим паролем; если он забыт, его можно восстановить на странице входа.
letter-registered-button = Войти
letter-recover-subject = Новый пароль
letter-recover-text =
    Кто-то, возможно вы, попросил новый пароль для { $email } в { $site }.
    Откройте ссылку и выберите новый пароль. Ссылка действует час, воспользоваться ею можно один раз.
    Если это были не вы, ничего не делайте: пароль останется прежним.
letter-recover-button = Выбрать новый пароль
letter-change-email-subject = Подтвердите новый адрес
letter-change-email-text =
    Учётную запись { $detail } в { $site } просят привязать к этому адресу.
    Откройте ссылку и подтвердите. Ссылка действует сутки.
    Если это были не вы, ничего не делайте.
letter-change-email-button = Подтвердить новый адрес
letter-email-taken-subject = Этот адрес уже занят
letter-email-taken-text =
    Кто-то попросил привязать к этому адресу другую учётную запись в { $site }. С этим адресом учётная запись уже есть, поэтому ничего не изменилось.
letter-email-change-asked-subject = Запрошена смена адреса
letter-email-change-asked-text =
    Вашу учётную запись в { $site } просят перенести на адрес { $detail }. Она перейдёт, когда по ссылке из письма на тот адрес подтвердят смену.
    Если это были не вы, смените пароль: его кто-то знает.
letter-email-change-asked-button = Сменить пароль
letter-email-changed-subject = Адрес изменён
letter-email-changed-text =
    Ваша учётная запись в { $site } теперь привязана к адресу { $detail }. На прежний адрес, { $email }, письма о ней больше не приходят.
    Если это были не вы, обратитесь к менеджеру службы.
letter-password-changed-subject = Пароль изменён
letter-password-changed-text =
    Пароль вашей учётной записи { $email } в { $site } изменён. На остальных устройствах нужно войти заново.
    Если это были не вы, восстановите пароль.
letter-password-changed-button = Восстановить пароль
letter-two-factor-on-subject = Вход в два шага включён
letter-two-factor-on-text =
    Для входа в { $site } с адресом { $email } теперь нужен ещё и код из приложения.
    Если это были не вы, смените пароль и обратитесь к менеджеру службы: он может убрать вход в два шага.
letter-two-factor-on-button = Сменить пароль
letter-two-factor-off-subject = Вход в два шага выключен
letter-two-factor-off-text =
    Для входа в { $site } с адресом { $email } больше не нужен код из приложения.
    Если это были не вы, смените пароль и обратитесь к менеджеру службы.
letter-two-factor-off-button = Сменить пароль
letter-blocked-subject = Учётная запись заблокирована
letter-blocked-text =
    Менеджер службы { $site } заблокировал вашу учётную запись { $email }. Причина: { $detail }
    Ваши данные сохранены, рассылки остановлены. Если вы не согласны, обратитесь к менеджеру службы.
letter-unblocked-subject = Учётная запись разблокирована
letter-unblocked-text =
    Ваша учётная запись { $email } в { $site } снова действует. Если запуски были остановлены, продолжите их на страницах рассылок.
letter-unblocked-button = Открыть рассылки
letter-switched-off-subject = Рассылка отключена
letter-switched-off-text =
    Менеджер службы { $site } отключил вашу рассылку «{ $detail }». Причина: { $reason }
    Пока она отключена, письма не уходят. Данные сохранены. Когда причина будет устранена, обратитесь к менеджеру службы.
letter-switched-off-button = Открыть рассылки
letter-switched-on-subject = Рассылка снова включена
letter-switched-on-text =
    Менеджер службы { $site } снова включил вашу рассылку «{ $detail }». Если её запуск был приостановлен, продолжите его на её странице.
letter-switched-on-button = Открыть рассылки
letter-deleted-subject = Учётная запись удалена
letter-deleted-text =
    Учётная запись { $email } в { $site } удалена вместе с её данными.
    Если это были не вы, обратитесь к менеджеру службы.

## Командная строка

cli-users = Показать пользователей
cli-update-user = Изменить пользователя; что не указано, останется прежним
cli-delete-user = Удалить пользователя и всё, что у него есть; журнал остаётся
cli-sessions = Показать, где пользователь вошёл
cli-sign-out-user = Завершить вход пользователя на всех устройствах или на одном
cli-arg-account = Почта пользователя
cli-arg-theme = Оформление: light, dark или auto, как в системе
cli-arg-yes = Не переспрашивать
cli-arg-session = Только это устройство, номер из sessions
cli-update-user-email = Новая почта; считается подтверждённой
cli-update-user-language = Язык: ru, en или auto, как в браузере
cli-update-user-time-zone = Часовой пояс, например Europe/Moscow; пустой: как в настройках
cli-user-changed = Пользователь изменён: { $email }
cli-user-deleted = Пользователь удалён: { $email }
cli-user-signed-out = Вход завершён на всех устройствах: { $email }
cli-no-session = Такого устройства нет: { $id }. Список: mailapp sessions
cli-delete-user-what = Удаляется { $email }: получателей { $recipients }, сообщений { $messages }, рассылок { $mailings }. Вернуть будет нельзя.
cli-ask-delete-user = Чтобы удалить, введите почту ещё раз:
cli-last-manager = Это последний менеджер. Сначала заведите другого: mailapp create-manager
cli-not-deleted = Не подтверждено, ничего не удалено. Без вопроса: --yes
cli-set-password = Задать пользователю пароль; адрес считается подтверждённым
cli-block-user = Заблокировать пользователя
cli-unblock-user = Разблокировать пользователя
cli-remove-two-factor = Убрать у пользователя вход в два шага
cli-disable-mailing = Отключить рассылку
cli-enable-mailing = Снова включить рассылку
cli-adopt = Рассылать из этой базы данных, хотя она скопирована или восстановлена
cli-audit = Показать журнал действий
cli-arg-search = Слова, которые должны встретиться
cli-users-blocked = Только заблокированных
cli-arg-reason = Причина; её увидит владелец
cli-no-user = Пользователя { $email } нет.
cli-user-blocked = Пользователь { $email } заблокирован.
cli-user-unblocked = Пользователь { $email } разблокирован.
cli-two-factor-removed = Вход в два шага убран: { $email }
cli-password-set = Пароль задан: { $email }. Вход на всех устройствах завершён.
cli-password-set-confirmed = Пароль задан: { $email }. Адрес теперь считается подтверждённым.
demo-letters = Письма об учётных записях (регистрация, пароль) остаются здесь: mailapp mailbox --data { $path }
