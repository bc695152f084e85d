//! Reachability Analyzer: paths and their analyses.
//!
//! An analysis reads the network's configuration when it starts and shows the result when it ends.
//! It uses the same walk as every connection of the lab ([`hsmlab_net::reach`]).

mod components;
mod probe;

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::error::Ec2Error;
use super::filters::{self, many, one};
use super::parse;
use super::service::{Call, Row, arn, operation};
use super::shapes::insights::{
    AnalysisId, CreateNetworkInsightsPathRequest, DescribeNetworkInsightsAnalysesAnswer,
    DescribeNetworkInsightsAnalysesRequest, DescribeNetworkInsightsPathsAnswer,
    DescribeNetworkInsightsPathsRequest, NetworkInsightsAnalysis, NetworkInsightsAnalysisAnswer,
    NetworkInsightsPath, NetworkInsightsPathAnswer, PathFilter, PathId,
    StartNetworkInsightsAnalysisRequest,
};
use super::{Region, limits, service, tags};
use hsmlab_net::reach::Trace;
use hsmlab_net::{Network, Protocol};
use hsmlab_sim::{SimDuration, SimTime};

/// The operations of this file.
pub(super) const OPERATIONS: &[Row] = &[
    operation!("CreateNetworkInsightsPath", create_path),
    operation!("DeleteNetworkInsightsAnalysis", delete_analysis),
    operation!("DeleteNetworkInsightsPath", delete_path),
    operation!("DescribeNetworkInsightsAnalyses", &describe_analyses),
    operation!("DescribeNetworkInsightsPaths", &describe_paths),
    operation!("StartNetworkInsightsAnalysis", start_analysis),
];

/// The paths and analyses of a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Insights {
    /// Paths by id, `nip-…`.
    pub paths: BTreeMap<String, Path>,
    /// Analyses by id, `nia-…`.
    pub analyses: BTreeMap<String, Analysis>,
}

/// A path to analyze.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Such as `nip-…`.
    pub id: String,
    /// The creation time.
    pub created: SimTime,
    /// The start: an instance, an interface or an internet gateway.
    pub source: String,
    /// The end.
    pub destination: Option<String>,
    /// The source's address, if the source has several.
    pub source_ip: Option<IpAddr>,
    /// The destination's address.
    pub destination_ip: Option<IpAddr>,
    /// TCP or UDP.
    pub protocol: Protocol,
    /// The destination's port; `None` for any port.
    pub destination_port: Option<u16>,
    /// The filter as in the request.
    pub filter_at_source: Option<PathFilterText>,
    /// The filter as in the request.
    pub filter_at_destination: Option<PathFilterText>,
    client_token: Option<String>,
}

/// A filter of a path, as JSON. It is returned as in the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathFilterText(PathFilter);

/// An analysis of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// Such as `nia-…`.
    pub id: String,
    /// The path.
    pub path_id: String,
    /// The start time.
    pub started: SimTime,
    /// The end time; `None` once it has ended.
    pub ends: Option<SimTime>,
    /// The result.
    pub trace: Trace,
    client_token: Option<String>,
}

impl Analysis {
    /// True if the path is open in both directions.
    #[must_use]
    pub fn path_found(&self) -> bool {
        let Trace {
            forward,
            end,
            reply,
            ..
        } = &self.trace;
        let mut steps = forward.iter().chain(std::iter::once(end)).chain(reply);
        steps.all(|step| step.hop.allows)
    }

    fn status(&self) -> &'static str {
        if self.ends.is_some() {
            "running"
        } else {
            "succeeded"
        }
    }
}

impl Insights {
    /// The end of the next analysis.
    #[must_use]
    pub fn next_at(&self) -> Option<SimTime> {
        self.analyses
            .values()
            .filter_map(|analysis| analysis.ends)
            .min()
    }

    /// The next analysis that ends, in words.
    #[must_use]
    pub fn upcoming(&self) -> Option<(SimTime, String)> {
        let running = self
            .analyses
            .values()
            .filter_map(|each| Some((each.ends?, each)));
        let (at, analysis) = running.min_by_key(|(at, _)| *at)?;
        Some((at, format!("{} succeeds", analysis.id)))
    }

    /// Ends the analyses that are due.
    pub fn advance(&mut self, now: SimTime) {
        for analysis in self.analyses.values_mut() {
            analysis.ends = analysis.ends.filter(|ends| *ends > now);
        }
    }
}

fn create_path(
    call: &mut Call<'_, '_>,
    request: CreateNetworkInsightsPathRequest,
) -> Result<NetworkInsightsPathAnswer, Ec2Error> {
    let tags = tags::check_specifications(&request.tag_specifications, "network-insights-path")?;
    let network = call.network();
    let source = bare_id(&request.source).to_owned();
    probe::check_component(network, &source, "source")?;
    let destination = request
        .destination
        .as_deref()
        .map(|id| bare_id(id).to_owned());
    if let Some(id) = &destination {
        probe::check_component(network, id, "destination")?;
    }
    let filter = request.filter_at_source.clone().unwrap_or_default();
    let source_ip = address(request.source_ip.or(filter.source_address), "sourceIp")?;
    let destination_ip = address(
        request.destination_ip.or(filter.destination_address),
        "destinationIp",
    )?;
    if destination.is_none() && destination_ip.is_none() {
        return Err(Ec2Error::Missing("destination"));
    }
    let protocol = Protocol::parse(&request.protocol).filter(|protocol| protocol.has_ports());
    let protocol = protocol.ok_or_else(|| {
        Ec2Error::value(&request.protocol, "protocol", "Must be one of: tcp, udp.")
    })?;
    let filtered = filter
        .destination_port_range
        .map(|range| i64::from(range.from_port));
    let port = request.destination_port.or(filtered);
    let port = port.map(u16::try_from).transpose().map_err(|_| {
        Ec2Error::value(
            port.unwrap_or_default(),
            "destinationPort",
            "Must be from 0 to 65535.",
        )
    })?;
    let path = Path {
        id: String::new(),
        created: call.now(),
        source,
        destination,
        source_ip,
        destination_ip,
        protocol,
        destination_port: port,
        filter_at_source: request.filter_at_source.map(PathFilterText),
        filter_at_destination: request.filter_at_destination.map(PathFilterText),
        client_token: request.client_token,
    };
    let id = match repeated(call.region, &path)? {
        Some(id) => id,
        None => {
            if call.region.insights.paths.len() >= limits::INSIGHTS_PATHS {
                return Err(Ec2Error::LimitExceeded {
                    code: "NetworkInsightsPath.LimitExceeded",
                    // Guess: the words.
                    message: "The maximum number of network insights paths has been reached."
                        .into(),
                });
            }
            let id = call.env.ids.ec2("nip");
            call.region.insights.paths.insert(
                id.clone(),
                Path {
                    id: id.clone(),
                    ..path
                },
            );
            tags::put(call.region, &id, tags);
            id
        }
    };
    Ok(NetworkInsightsPathAnswer {
        network_insights_path: find_path(call.region, &id)?,
    })
}

/// The path that an earlier request with the same client token created ("Ensuring idempotency").
fn repeated(region: &Region, path: &Path) -> Result<Option<String>, Ec2Error> {
    let Some(token) = &path.client_token else {
        return Ok(None);
    };
    let earlier = region
        .insights
        .paths
        .values()
        .find(|p| p.client_token.as_ref() == Some(token));
    let Some(earlier) = earlier else {
        return Ok(None);
    };
    let same = Path {
        id: earlier.id.clone(),
        created: earlier.created,
        ..path.clone()
    };
    if same == *earlier {
        Ok(Some(earlier.id.clone()))
    } else {
        Err(token_reused())
    }
}

fn token_reused() -> Ec2Error {
    Ec2Error::Compute {
        code: "IdempotentParameterMismatch",
        // Guess: the words.
        message: "The client token was used before, with other parameters.".into(),
        remedy: "Use a new client token for a new request.",
    }
}

/// The id from an ARN, or the text itself if it is an id.
fn bare_id(text: &str) -> &str {
    if text.starts_with("arn:") {
        text.rsplit('/').next().unwrap_or(text)
    } else {
        text
    }
}

fn address(text: Option<String>, parameter: &'static str) -> Result<Option<IpAddr>, Ec2Error> {
    text.map(|text| parse::address(text.trim_end_matches("/32"), parameter))
        .transpose()
}

fn delete_path(call: &mut Call<'_, '_>, request: PathId) -> Result<PathId, Ec2Error> {
    let id = request.network_insights_path_id;
    find_path(call.region, &id)?;
    let insights = &mut call.region.insights;
    if insights
        .analyses
        .values()
        .any(|analysis| analysis.path_id == id)
    {
        return Err(Ec2Error::Compute {
            code: "AnalysisExistsForNetworkInsightsPath",
            // Guess: the words.
            message: format!("Network insights path '{id}' has analyses and cannot be deleted."),
            remedy: "Delete its analyses first: describe-network-insights-analyses lists them.",
        });
    }
    insights.paths.remove(&id);
    call.region.tags.remove(&id);
    Ok(PathId {
        network_insights_path_id: id,
    })
}

fn describe_paths(
    call: &mut Call<'_, '_>,
    request: &DescribeNetworkInsightsPathsRequest,
) -> Result<DescribeNetworkInsightsPathsAnswer, Ec2Error> {
    let (ids, selection) = (&request.network_insights_path_ids, &request.selection);
    let names = ["destination", "protocol", "source"];
    filters::check_names(&selection.filters, &names)?;
    for id in ids {
        find_path(call.region, id)?;
    }
    let paths = call.region.insights.paths.values();
    let found: Vec<NetworkInsightsPath> = paths
        .filter(|path| ids.is_empty() || ids.contains(&path.id))
        .filter(|path| {
            let own = filters::tags(call.region, &path.id);
            filters::passes(own, &selection.filters, |name| match name {
                "destination" => many(&path.destination),
                "protocol" => one(path.protocol),
                "source" => one(&path.source),
                _ => Vec::new(),
            })
        })
        .map(|path| path_shape(call.region, path))
        .collect();
    let key = |path: &NetworkInsightsPath| path.network_insights_path_id.clone();
    let (network_insights_paths, next_token) = filters::page_of(1, found, &selection.paging, key)?;
    Ok(DescribeNetworkInsightsPathsAnswer {
        network_insights_paths,
        next_token,
    })
}

fn start_analysis(
    call: &mut Call<'_, '_>,
    request: StartNetworkInsightsAnalysisRequest,
) -> Result<NetworkInsightsAnalysisAnswer, Ec2Error> {
    let tags =
        tags::check_specifications(&request.tag_specifications, "network-insights-analysis")?;
    let path_id = request.network_insights_path_id;
    find_path(call.region, &path_id)?;
    if !request.filter_in_arns.is_empty() || !request.filter_out_arns.is_empty() {
        return Err(Ec2Error::invalid(
            "Filters on the resources of a path are not available",
            "Start the analysis without FilterInArns and FilterOutArns.",
        ));
    }
    let token = request.client_token;
    let analyses = &call.region.insights.analyses;
    let earlier = analyses
        .values()
        .find(|a| token.is_some() && a.client_token == token);
    if let Some(earlier) = earlier {
        if earlier.path_id != path_id {
            return Err(token_reused());
        }
        let network_insights_analysis = analysis_shape(call.region, earlier);
        return Ok(NetworkInsightsAnalysisAnswer {
            network_insights_analysis,
        });
    }
    if analyses.len() >= limits::INSIGHTS_ANALYSES {
        return Err(Ec2Error::LimitExceeded {
            code: "NetworkInsightsAnalysis.LimitExceeded",
            // Guess: the words.
            message: "The maximum number of network insights analyses has been reached.".into(),
        });
    }
    let path = call.region.insights.paths.get(&path_id);
    let trace = path.map(|path| probe::trace(call.network(), path));
    let trace = trace.ok_or_else(|| path_unknown(&path_id))?;
    let (id, now) = (call.env.ids.ec2("nia"), call.now());
    let analysis = Analysis {
        id: id.clone(),
        path_id,
        started: now,
        ends: Some(now + SimDuration::from_seconds(limits::ANALYSIS_SECONDS)),
        trace,
        client_token: token,
    };
    let region = &mut *call.region;
    tags::put(region, &id, tags);
    let network_insights_analysis = analysis_shape(region, &analysis);
    region.insights.analyses.insert(id, analysis);
    Ok(NetworkInsightsAnalysisAnswer {
        network_insights_analysis,
    })
}

fn delete_analysis(call: &mut Call<'_, '_>, request: AnalysisId) -> Result<AnalysisId, Ec2Error> {
    let id = request.network_insights_analysis_id;
    check_analysis(call.region, &id)?;
    call.region.insights.analyses.remove(&id);
    call.region.tags.remove(&id);
    Ok(AnalysisId {
        network_insights_analysis_id: id,
    })
}

fn describe_analyses(
    call: &mut Call<'_, '_>,
    request: &DescribeNetworkInsightsAnalysesRequest,
) -> Result<DescribeNetworkInsightsAnalysesAnswer, Ec2Error> {
    let (ids, selection) = (&request.network_insights_analysis_ids, &request.selection);
    filters::check_names(&selection.filters, &["path-found", "status"])?;
    for id in ids {
        check_analysis(call.region, id)?;
    }
    if let Some(path) = &request.network_insights_path_id {
        find_path(call.region, path)?;
    }
    let from = instant(request.analysis_start_time.as_ref(), "analysisStartTime")?;
    let until = instant(request.analysis_end_time.as_ref(), "analysisEndTime")?;
    let path = &request.network_insights_path_id;
    let analyses = call.region.insights.analyses.values();
    let found: Vec<NetworkInsightsAnalysis> = analyses
        .filter(|own| ids.is_empty() || ids.contains(&own.id))
        .filter(|own| path.as_ref().is_none_or(|path| own.path_id == *path))
        .filter(|own| from.is_none_or(|from| own.started >= from))
        .filter(|own| until.is_none_or(|until| own.started <= until))
        .filter(|own| {
            let tags = filters::tags(call.region, &own.id);
            filters::passes(tags, &selection.filters, |name| match name {
                "path-found" => many(own.ends.is_none().then(|| own.path_found())),
                "status" => one(own.status()),
                _ => Vec::new(),
            })
        })
        .map(|own| analysis_shape(call.region, own))
        .collect();
    let key = |own: &NetworkInsightsAnalysis| own.network_insights_analysis_id.clone();
    let (network_insights_analyses, next_token) =
        filters::page_of(1, found, &selection.paging, key)?;
    Ok(DescribeNetworkInsightsAnalysesAnswer {
        network_insights_analyses,
        next_token,
    })
}

/// Parses a timestamp of a request: seconds since 1970, or RFC 3339.
fn instant(
    value: Option<&serde_json::Value>,
    parameter: &'static str,
) -> Result<Option<SimTime>, Ec2Error> {
    let Some(value) = value else { return Ok(None) };
    let text = value.as_str();
    // Negative and overlong numbers are clamped by the cast.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates"
    )]
    let number = value
        .as_f64()
        .map(|seconds| SimTime::from_unix_ms((seconds * 1000.0) as u64));
    let at = number.or_else(|| text.and_then(SimTime::parse_rfc3339));
    at.map(Some)
        .ok_or_else(|| Ec2Error::value(value, parameter, "This is not a timestamp."))
}

fn path_unknown(id: &str) -> Ec2Error {
    Ec2Error::NotFound {
        code: "InvalidNetworkInsightsPathId.NotFound",
        noun: "networkInsightsPath",
        ids: vec![id.to_owned()],
    }
}

fn find_path(region: &Region, id: &str) -> Result<NetworkInsightsPath, Ec2Error> {
    let path = region
        .insights
        .paths
        .get(id)
        .ok_or_else(|| path_unknown(id))?;
    Ok(path_shape(region, path))
}

fn check_analysis(region: &Region, id: &str) -> Result<(), Ec2Error> {
    if region.insights.analyses.contains_key(id) {
        return Ok(());
    }
    Err(Ec2Error::NotFound {
        code: "InvalidNetworkInsightsAnalysisId.NotFound",
        noun: "networkInsightsAnalysis",
        ids: vec![id.to_owned()],
    })
}

fn path_shape(region: &Region, path: &Path) -> NetworkInsightsPath {
    let name = &region.network.region;
    let component_arn = |id: &String| {
        let kind = tags::resource_type(id).unwrap_or("network-interface");
        arn(name, kind, id)
    };
    NetworkInsightsPath {
        network_insights_path_id: path.id.clone(),
        network_insights_path_arn: arn(name, "network-insights-path", &path.id),
        created_date: service::seconds(path.created),
        source: path.source.clone(),
        destination: path.destination.clone(),
        source_arn: component_arn(&path.source),
        destination_arn: path.destination.as_ref().map(component_arn),
        source_ip: path.source_ip.map(|address| address.to_string()),
        destination_ip: path.destination_ip.map(|address| address.to_string()),
        protocol: path.protocol.to_string(),
        destination_port: path.destination_port,
        tags: tags::list(region, &path.id),
        filter_at_source: path.filter_at_source.as_ref().map(|own| own.0.clone()),
        filter_at_destination: path.filter_at_destination.as_ref().map(|own| own.0.clone()),
    }
}

fn analysis_shape(region: &Region, analysis: &Analysis) -> NetworkInsightsAnalysis {
    let network: &Network = &region.network;
    let over = analysis.ends.is_none();
    let found = analysis.path_found();
    let Trace {
        forward,
        end,
        reply,
        ..
    } = &analysis.trace;
    let there: Vec<_> = forward.iter().chain(std::iter::once(end)).collect();
    let (forward_path_components, return_path_components) = if over && found {
        (
            components::path(network, &there),
            components::path(network, &reply.iter().collect::<Vec<_>>()),
        )
    } else {
        (Vec::new(), Vec::new())
    };
    let explanations = if over && !found {
        components::explanations(network, there.into_iter().chain(reply))
    } else {
        Vec::new()
    };
    NetworkInsightsAnalysis {
        network_insights_analysis_id: analysis.id.clone(),
        network_insights_analysis_arn: arn(
            &network.region,
            "network-insights-analysis",
            &analysis.id,
        ),
        network_insights_path_id: analysis.path_id.clone(),
        start_date: service::seconds(analysis.started),
        status: analysis.status(),
        network_path_found: over.then_some(found),
        forward_path_components,
        return_path_components,
        explanations,
        tags: tags::list(region, &analysis.id),
    }
}
