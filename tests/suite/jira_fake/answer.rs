//! What the fake answers to each request.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{FakeIssue, User, World, form, time};
use crate::github_fake::{Reply, Request};

/// What an issue takes: so many writes in so long.
const PER_ISSUE: [(usize, Duration); 2] =
    [(20, Duration::from_secs(2)), (100, Duration::from_secs(30))];

/// The fields and the properties of a request.
type Sent = (Map<String, Value>, Map<String, Value>);

impl World {
    pub(super) fn answer(&mut self, request: &Request, base: &str) -> Reply {
        let Some(path) = request.path.strip_prefix(&self.context) else {
            return refuse(404, "There is nothing here.");
        };
        let root = if self.is_server {
            "/rest/api/2/"
        } else {
            "/rest/api/3/"
        };
        let Some(path) = path.strip_prefix(root).map(str::to_owned) else {
            return refuse(404, "There is nothing here.");
        };
        let user = request
            .headers
            .get("authorization")
            .and_then(|it| self.users.get(it))
            .cloned();
        let parts: Vec<&str> = path.split('/').collect();
        let Some(user) = user else {
            // Those who are not known see what everybody may see: nothing.
            return match (request.method.as_str(), parts.as_slice()) {
                ("POST", ["search", "jql"]) => reply(200, &json!({"issues": [], "isLast": true})),
                ("POST", ["search"]) if self.is_server => reply(
                    200,
                    &json!({"startAt": 0, "maxResults": 50, "total": 0, "issues": []}),
                ),
                ("GET", ["serverInfo"]) if self.is_server => server_info(),
                ("GET", ["myself"]) => {
                    refuse(401, "Client must be authenticated to access this resource.")
                }
                (_, ["issue", _, ..]) => gone(),
                _ => refuse(
                    401,
                    "You do not have the permission to see the specified issue.",
                ),
            };
        };
        let key = match parts.as_slice() {
            ["issue", key, ..] if *key != "createmeta" => (*key).to_owned(),
            _ => String::new(),
        };
        if !key.is_empty()
            && !self
                .issues
                .iter()
                .any(|it| it.key == key || it.id.to_string() == key)
        {
            return gone();
        }
        let is_write = !key.is_empty() && request.method != "GET";
        if is_write && let Some(refused) = self.limit(&key) {
            return refused;
        }
        if self.is_server
            && let Some(reply) = self.answer_as_server(request, &parts, &key, &user, base)
        {
            return reply;
        }
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["myself"]) => reply(200, &person(&user, base)),
            ("GET", ["user", "assignable", "search"]) => {
                let asked = request.query.get("query").cloned().unwrap_or_default();
                let found: Vec<Value> = self
                    .users
                    .values()
                    .filter(|it| it.email == asked)
                    .map(|it| person(it, base))
                    .collect();
                reply(200, &json!(found))
            }
            ("POST", ["search", "jql"]) => self.search(request, base),
            ("GET", ["issue", "createmeta", "OPS", "issuetypes"]) => {
                let types = self.types().map(|(id, name)| {
                    json!({"self": format!("{base}/rest/api/3/issuetype/{id}"), "id": id, "name": name,
                        "description": "", "iconUrl": format!("{base}/type.png"), "subtask": *id == form::SUBTASK})
                });
                let types: Vec<Value> = types.collect();
                paged(request, "issueTypes", &types)
            }
            (
                "GET",
                [
                    "issue",
                    "createmeta",
                    "OPS",
                    "issuetypes",
                    "10001" | "10002" | form::SUBTASK,
                ],
            ) => paged(request, "fields", &form::fields(&self.required)),
            ("POST", ["issue"]) => self.create(request, base),
            ("GET", ["issue", _]) => {
                let issue = self.issue(&key).clone();
                reply(
                    200,
                    &self.bean(
                        &issue,
                        &asked(request, "fields"),
                        &asked(request, "properties"),
                        base,
                    ),
                )
            }
            ("PUT", ["issue", _]) => self.edit(&key, request),
            ("PUT", ["issue", _, "properties", name]) => {
                if request.body.is_null() || request.body.to_string().chars().count() > 32_768 {
                    return refuse(400, "The property value is missing or too long.");
                }
                let properties = &mut self.issue(&key).properties;
                let old = properties.insert((*name).to_owned(), request.body.clone());
                self.touch(&key);
                reply(if old.is_none() { 201 } else { 200 }, &json!({}))
            }
            ("GET", ["issue", _, "transitions"]) => {
                let ways = self.issue(&key).status.known().2;
                let ways: Vec<Value> = ways
                    .iter()
                    .map(|(id, name, to)| {
                        json!({"id": id, "name": name, "to": to.json(base), "hasScreen": false, "isGlobal": false,
                            "isInitial": false, "isAvailable": true, "isConditional": false, "looped": false})
                    })
                    .collect();
                reply(200, &json!({"expand": "transitions", "transitions": ways}))
            }
            ("POST", ["issue", _, "transitions"]) => self.move_on(&key, request),
            ("GET", ["issue", _, "comment"]) => {
                let mut comments = self.comments(&key, base);
                if request
                    .query
                    .get("orderBy")
                    .is_some_and(|it| it == "-created")
                {
                    comments.reverse();
                }
                reply(
                    200,
                    &json!({"comments": comments, "startAt": 0, "maxResults": 100, "total": comments.len()}),
                )
            }
            ("POST", ["issue", _, "comment"]) => {
                if let Some(fault) = form::text_fault(&request.body["body"], self.is_server) {
                    return faulty("comment", &fault);
                }
                let now = self.now();
                let issue = self.issue(&key);
                issue.comments.push((request.body["body"].clone(), now));
                self.touch(&key);
                reply(201, &self.comments(&key, base).pop().unwrap())
            }
            ("POST", ["issue", _, "remotelink"]) => self.link(&key, request, base),
            ("POST", ["issueLink"]) => self.relate(request),
            _ => refuse(404, "There is nothing here."),
        }
    }

    /// Returns the issue types: id, name.
    fn types(&self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        let has_subtasks = self.has_subtasks;
        let types = form::TYPES.iter();
        types.filter(move |(id, _)| has_subtasks || *id != form::SUBTASK)
    }

    /// Returns what is wrong with where a new issue is to stand.
    fn place_fault(&self, fields: &Map<String, Value>) -> Option<Reply> {
        let is_subtask = |kind: &Value| kind["id"] == form::SUBTASK || kind["name"] == "Sub-task";
        let kind = fields.get("issuetype").unwrap_or(&Value::Null);
        if is_subtask(kind) && !self.has_subtasks {
            return Some(faulty("issuetype", "The issue type selected is invalid."));
        }
        let above = fields
            .get("parent")
            .map(|it| it["key"].as_str().unwrap_or_default());
        let Some(above) = above else {
            let fault = "Issue type is a sub-task but parent issue key or id not specified.";
            return is_subtask(kind).then(|| faulty("issuetype", fault));
        };
        let found = self.issues.iter().find(|it| it.key == above);
        let is_right = match found.map(|it| &it.fields) {
            // An epic of another project's.
            None => !is_subtask(kind),
            Some(above) => !above.get("issuetype").is_some_and(is_subtask),
        };
        (!is_right).then(|| {
            faulty(
                "parent",
                "Given parent work item does not belong to appropriate hierarchy.",
            )
        })
    }

    fn relate(&mut self, request: &Request) -> Reply {
        let key = |side: &str| {
            request.body[side]["key"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let pair = (key("inwardIssue"), key("outwardIssue"));
        if request.body["type"]["name"] != "Relates" {
            return refuse(404, "No issue link type with that name was found.");
        }
        let is_there = |key: &String| self.issues.iter().any(|it| it.key == *key);
        if !is_there(&pair.0) || !is_there(&pair.1) {
            return gone();
        }
        if !self.related.contains(&pair) {
            self.related.push(pair);
        }
        reply(201, &json!({}))
    }

    /// Answers what a server of one's own answers otherwise.
    fn answer_as_server(
        &mut self,
        request: &Request,
        parts: &[&str],
        key: &str,
        user: &User,
        base: &str,
    ) -> Option<Reply> {
        Some(match (request.method.as_str(), parts) {
            ("GET", ["serverInfo"]) => server_info(),
            ("GET", ["myself"]) => reply(200, &server_person(user, base)),
            ("GET", ["user", "assignable", "search"]) => {
                let asked = request.query.get("username").cloned().unwrap_or_default();
                let users = self.users.values().filter(|it| it.email.contains(&asked));
                let found: Vec<Value> = users.map(|it| server_person(it, base)).collect();
                reply(200, &json!(found))
            }
            ("POST", ["search"]) => self.search_by_place(request, base),
            ("GET", ["issue", "createmeta", "OPS", "issuetypes"]) => {
                let types: Vec<Value> = self
                    .types()
                    .map(|(id, name)| json!({"id": id, "name": name, "subtask": *id == form::SUBTASK}))
                    .collect();
                paged(request, "values", &types)
            }
            ("GET", ["issue", "createmeta", "OPS", "issuetypes", _]) => {
                paged(request, "values", &form::fields(&self.required))
            }
            ("GET", ["issue", _, "properties", name]) => {
                match self.issue(key).properties.get(*name) {
                    Some(value) => reply(200, &json!({"key": name, "value": value})),
                    None => refuse(404, "The property does not exist."),
                }
            }
            (_, ["search", "jql"]) => refuse(404, "There is nothing here."),
            _ => return None,
        })
    }

    /// Searches as version 2 does, by the place of the first.
    fn search_by_place(&mut self, request: &Request, base: &str) -> Reply {
        let body = &request.body;
        let known = ["jql", "fields", "maxResults", "startAt", "expand"];
        if let Some(key) = body
            .as_object()
            .and_then(|it| it.keys().find(|key| !known.contains(&key.as_str())))
        {
            return refuse(400, &format!("Unrecognized field \"{key}\""));
        }
        let jql = body["jql"].as_str().unwrap_or_default();
        let label = jql
            .split("labels = \"")
            .nth(1)
            .and_then(|it| it.split('"').next());
        let (now, lag) = (self.now(), self.lag);
        let noticed = |issue: &FakeIssue| {
            let old = issue.history.iter().rev().find(|(at, _)| *at + lag <= now);
            old.map(|(_, issue)| (**issue).clone())
        };
        let has_label = |issue: &FakeIssue| {
            let labels = issue.fields.get("labels").and_then(Value::as_array);
            label.is_none_or(|label| labels.is_some_and(|it| it.iter().any(|it| it == label)))
        };
        let found = self.issues.iter().filter_map(noticed);
        let found: Vec<FakeIssue> = found.filter(has_label).collect();
        let number =
            |key: &str, default: usize| body[key].as_u64().map_or(default, |it| it as usize);
        let (from, most) = (
            number("startAt", 0),
            number("maxResults", 50).min(self.page),
        );
        let fields: Vec<String> = body["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect();
        let shown = found.iter().skip(from).take(most);
        let shown: Vec<Value> = shown.map(|it| self.bean(it, &fields, &[], base)).collect();
        reply(
            200,
            &json!({"startAt": from, "maxResults": most, "total": found.len(), "issues": shown}),
        )
    }

    /// Returns the refusal where the writes of an issue are used up, and else counts one.
    fn limit(&mut self, key: &str) -> Option<Reply> {
        let now = self.now();
        let writes = &mut self.issue(key).writes;
        for (most, span) in PER_ISSUE {
            if writes.iter().filter(|at| **at + span > now).count() >= most {
                let mut refused = refuse(429, "Rate limit exceeded.");
                refused
                    .headers
                    .push(("retry-after".to_owned(), span.as_secs().to_string()));
                return Some(refused);
            }
        }
        writes.push(now);
        None
    }

    fn search(&mut self, request: &Request, base: &str) -> Reply {
        let body = &request.body;
        let known = [
            "jql",
            "fields",
            "properties",
            "maxResults",
            "nextPageToken",
            "reconcileIssues",
            "expand",
        ];
        if let Some(key) = body
            .as_object()
            .and_then(|it| it.keys().find(|key| !known.contains(&key.as_str())))
        {
            return refuse(400, &format!("Unrecognized field \"{key}\""));
        }
        let Some(jql) = body["jql"]
            .as_str()
            .filter(|it| it.contains("project = \"OPS\""))
        else {
            return refuse(400, "Unbounded JQL queries are not allowed here.");
        };
        let label = jql
            .split("labels = \"")
            .nth(1)
            .and_then(|it| it.split('"').next());
        let fresh: Vec<u64> = body["reconcileIssues"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .collect();
        let now = self.now();
        let lag = self.lag;
        let noticed = |issue: &FakeIssue| -> Option<FakeIssue> {
            if fresh.contains(&issue.id) {
                return Some(issue.clone());
            }
            let old = issue.history.iter().rev().find(|(at, _)| *at + lag <= now);
            old.map(|(_, issue)| (**issue).clone())
        };
        let has_label = |issue: &FakeIssue| {
            let labels = issue.fields.get("labels").and_then(Value::as_array);
            label.is_none_or(|label| labels.is_some_and(|it| it.iter().any(|it| it == label)))
        };
        let found: Vec<FakeIssue> = self
            .issues
            .iter()
            .filter_map(noticed)
            .filter(has_label)
            .collect();
        let from: usize = match body["nextPageToken"]
            .as_str()
            .map(|it| it.strip_prefix("from-"))
        {
            None => 0,
            Some(Some(from)) => from.parse().unwrap(),
            Some(None) => {
                return refuse(400, "The provided next page token is invalid or expired.");
            }
        };
        let size = body["maxResults"]
            .as_u64()
            .map_or(50, |it| it as usize)
            .min(self.page);
        let names = |key: &str| -> Vec<String> {
            let list = body[key].as_array().into_iter().flatten();
            list.filter_map(|it| it.as_str().map(str::to_owned))
                .collect()
        };
        let (fields, properties) = (names("fields"), names("properties"));
        let shown = found.iter().skip(from).take(size);
        let shown: Vec<Value> = shown
            .map(|it| self.bean(it, &fields, &properties, base))
            .collect();
        let is_last = from + size >= found.len();
        let mut page = json!({"issues": shown, "isLast": is_last});
        if !is_last {
            page["nextPageToken"] = json!(format!("from-{}", from + size));
        }
        reply(200, &page)
    }

    fn create(&mut self, request: &Request, base: &str) -> Reply {
        let (fields, properties) = match self.check(request, true) {
            Ok(checked) => checked,
            Err(refused) => return refused,
        };
        if let Some(refused) = self.place_fault(&fields) {
            return refused;
        }
        let key = self.add(fields);
        let issue = self.issue(&key);
        issue.properties = properties;
        let id = issue.id.to_string();
        // The search sees it as it was made.
        issue.history.clear();
        self.remember(&key);
        let own = format!("{base}/rest/api/3/issue/{id}");
        reply(201, &json!({"id": id, "key": key, "self": own}))
    }

    fn edit(&mut self, key: &str, request: &Request) -> Reply {
        let (fields, properties) = match self.check(request, false) {
            Ok(checked) => checked,
            Err(refused) => return refused,
        };
        let issue = self.issue(key);
        issue.fields.extend(fields);
        issue.properties.extend(properties);
        self.touch(key);
        nothing()
    }

    /// Returns the fields and properties of a request, or why it is refused.
    fn check(&self, request: &Request, is_new: bool) -> Result<Sent, Reply> {
        let Some(body) = request.body.as_object() else {
            return Err(refuse(400, "The request body is missing."));
        };
        if let Some(key) = body
            .keys()
            .find(|key| !["fields", "properties", "update"].contains(&key.as_str()))
        {
            return Err(refuse(400, &format!("Unrecognized field \"{key}\"")));
        }
        if !body.contains_key("fields") && !body.contains_key("update") {
            return Err(refuse(400, "one of 'fields' or 'update' required"));
        }
        let none = Map::new();
        let fields = body
            .get("fields")
            .and_then(Value::as_object)
            .unwrap_or(&none);
        if self.is_server && body.contains_key("properties") {
            return Err(refuse(400, "Unrecognized field \"properties\""));
        }
        let faults = form::faults(fields, &self.required, is_new, self.is_server);
        if !faults.is_empty() {
            return Err(reply(400, &json!({"errorMessages": [], "errors": faults})));
        }
        let mut properties = Map::new();
        for property in body
            .get("properties")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let (Some(key), value) = (property["key"].as_str(), &property["value"]) else {
                return Err(refuse(400, "A property has a key."));
            };
            if value.to_string().chars().count() > 32_768 {
                return Err(refuse(400, "The property value is too long."));
            }
            properties.insert(key.to_owned(), value.clone());
        }
        Ok((fields.clone(), properties))
    }

    fn move_on(&mut self, key: &str, request: &Request) -> Reply {
        let id = &request.body["transition"]["id"];
        let issue = self.issue(key);
        let ways = issue.status.known().2;
        let Some((_, _, to)) = ways.iter().find(|(known, _, _)| id == *known) else {
            return refuse(
                400,
                "It seems that you have tried to perform a workflow operation that is not valid for the current state of this issue.",
            );
        };
        issue.status = *to;
        self.touch(key);
        nothing()
    }

    fn link(&mut self, key: &str, request: &Request, base: &str) -> Reply {
        let object = &request.body["object"];
        if !object["url"].is_string() || !object["title"].is_string() {
            return refuse(400, "A link has an address and a title.");
        }
        let links = &mut self.issue(key).links;
        let same = links
            .iter()
            .position(|it| it["globalId"] == request.body["globalId"]);
        let (status, at) = match same {
            Some(at) => (200, at),
            None => (201, links.len()),
        };
        links.truncate(links.len().max(at));
        if status == 201 {
            links.push(request.body.clone());
        } else {
            links[at] = request.body.clone();
        }
        reply(
            status,
            &json!({"id": at + 1, "self": format!("{base}/rest/api/3/issue/{key}/remotelink/{}", at + 1)}),
        )
    }

    fn touch(&mut self, key: &str) {
        let now = self.now();
        self.issue(key).updated = now;
        self.remember(key);
    }

    fn comments(&mut self, key: &str, base: &str) -> Vec<Value> {
        let id = self.issue(key).id;
        let comments = self.issue(key).comments.iter().enumerate();
        comments
            .map(|(at, (body, created))| {
                let number = id * 1_000 + at as u64;
                json!({"self": format!("{base}/rest/api/3/issue/{id}/comment/{number}"), "id": number.to_string(),
                    "body": body, "created": time(*created), "updated": time(*created)})
            })
            .collect()
    }

    /// Returns an issue with what was asked for.
    fn bean(
        &self,
        issue: &FakeIssue,
        fields: &[String],
        properties: &[String],
        base: &str,
    ) -> Value {
        let mut shown = Map::new();
        for name in fields {
            let value = match name.as_str() {
                "status" => issue.status.json(base),
                "created" => json!(time(issue.created)),
                "updated" => json!(time(issue.updated)),
                "assignee" => issue.fields.get("assignee").map_or(Value::Null, |it| {
                    let found = self.users.values().find(|user| {
                        it["accountId"] == user.account.as_str()
                            || it["name"] == user.email.as_str()
                    });
                    found.map_or(Value::Null, |user| match self.is_server {
                        true => server_person(user, base),
                        false => person(user, base),
                    })
                }),
                "comment" => {
                    json!({"comments": [], "maxResults": 0, "startAt": 0, "total": issue.comments.len()})
                }
                name => issue.fields.get(name).cloned().unwrap_or(match name {
                    "labels" => json!([]),
                    _ => Value::Null,
                }),
            };
            shown.insert(name.clone(), value);
        }
        let version = if self.is_server { 2 } else { 3 };
        let mut bean = json!({
            "expand": "operations,versionedRepresentations", "id": issue.id.to_string(), "key": issue.key,
            "self": format!("{base}/rest/api/{version}/issue/{}", issue.id), "fields": shown,
        });
        if !properties.is_empty() && !self.is_server {
            let kept = issue
                .properties
                .iter()
                .filter(|(key, _)| properties.contains(key));
            bean["properties"] = kept
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
        }
        bean
    }
}

/// Returns the names in a comma-separated member of the query.
fn asked(request: &Request, key: &str) -> Vec<String> {
    let asked = request
        .query
        .get(key)
        .map(String::as_str)
        .unwrap_or_default();
    asked
        .split(',')
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect()
}

fn paged(request: &Request, name: &str, all: &[Value]) -> Reply {
    let number = |key: &str| {
        request
            .query
            .get(key)
            .and_then(|it| it.parse::<usize>().ok())
    };
    let (from, most) = (
        number("startAt").unwrap_or(0),
        number("maxResults").unwrap_or(50).min(10),
    );
    let shown: Vec<&Value> = all.iter().skip(from).take(most).collect();
    reply(
        200,
        &json!({name: shown, "startAt": from, "maxResults": most, "total": all.len()}),
    )
}

fn person(user: &User, base: &str) -> Value {
    json!({
        "self": format!("{base}/rest/api/3/user?accountId={}", user.account), "accountId": user.account,
        "accountType": "atlassian", "emailAddress": user.email, "displayName": user.email, "active": true,
        "timeZone": "Etc/UTC", "locale": "en_US",
    })
}

fn server_info() -> Reply {
    reply(
        200,
        &json!({"version": "9.12.0", "deploymentType": "Server"}),
    )
}

fn server_person(user: &User, base: &str) -> Value {
    json!({
        "self": format!("{base}/rest/api/2/user?username={}", user.email), "key": user.account, "name": user.email,
        "emailAddress": user.email, "displayName": user.email, "active": true,
    })
}

fn nothing() -> Reply {
    Reply {
        status: 204,
        headers: vec![(
            "content-type".to_owned(),
            "application/json;charset=UTF-8".to_owned(),
        )],
        body: String::new(),
    }
}

fn gone() -> Reply {
    refuse(
        404,
        "Issue does not exist or you do not have permission to see it.",
    )
}

fn refuse(status: u16, message: &str) -> Reply {
    reply(status, &json!({"errorMessages": [message], "errors": {}}))
}

fn faulty(field: &str, fault: &str) -> Reply {
    reply(400, &json!({"errorMessages": [], "errors": {field: fault}}))
}

fn reply(status: u16, body: &Value) -> Reply {
    Reply {
        status,
        headers: vec![(
            "content-type".to_owned(),
            "application/json;charset=UTF-8".to_owned(),
        )],
        body: body.to_string(),
    }
}
