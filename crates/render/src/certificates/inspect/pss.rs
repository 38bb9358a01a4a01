//! The parameters of RSASSA-PSS.

use x509_parser::signature_algorithm::RsaSsaPssParams;
use x509_parser::x509::AlgorithmIdentifier;

pub(super) fn pss_parameters<'a>(algorithm: &'a AlgorithmIdentifier<'a>) -> Option<RsaSsaPssParams<'a>> {
    RsaSsaPssParams::try_from(algorithm.parameters.as_ref()?).ok()
}
